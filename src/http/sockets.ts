/**
 * The second main file of http/, for code that runs in the worker only: sockets of our own. It is apart from the main
 * face because importing undici claims process-wide dispatcher slots, which the extension host's main thread shares
 * with every other extension.
 */
import { createCompleteTransport } from './completeTransport';
import type { NetworkSettings } from './networkSettings';
import { createRawTransport } from './rawTransport';
import type { Transport } from './transport';

/**
 * A {@link Transport} with sockets of its own and the given line settings: raw sockets for every GET with a plain
 * answer, and a complete client for the rest (undici, `node:http`), which is loaded when it is needed.
 */
export function createSocketTransport(network: NetworkSettings): Transport {
  const complete = createCompleteTransport(network);
  const raw = createRawTransport(network, complete);
  return {
    request: (request) => raw.request(request),
    async close() {
      await Promise.all([raw.close(), complete.close()]);
    },
  };
}

export { createPortTransport } from './portTransport';
export { createFallbackTransport } from './fallbackTransport';
