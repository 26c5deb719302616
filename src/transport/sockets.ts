/**
 * The second face of transport/, for code that runs in the worker only: sockets of our own. It is apart from the main
 * face because importing undici claims process-wide dispatcher slots, which the extension host's main thread shares
 * with every other extension.
 */
import { createHttpTransport } from './httpTransport';
import type { NetworkSettings } from './networkSettings';
import { proxyFor } from './proxyRule';
import type { Transport } from './transport';
import { createUndiciTransport } from './undiciTransport';

/**
 * A {@link Transport} with sockets of its own and the given line settings: undici for the small requests, `node:http`
 * for bulk bytes and for plain http through a proxy (which undici can only tunnel).
 */
export function createSocketTransport(network: NetworkSettings): Transport {
  const bulk = createHttpTransport(network);
  const small = createUndiciTransport(network);
  return {
    request(request) {
      const url = new URL(request.url);
      const plainProxy = url.protocol === 'http:' && proxyFor(url, network) !== undefined;
      return (request.bulk === true || plainProxy ? bulk : small).request(request);
    },
    async close() {
      await Promise.all([bulk.close(), small.close()]);
    },
  };
}

export { createHttpTransport } from './httpTransport';
export { createUndiciTransport } from './undiciTransport';
export { createPortTransport } from './portTransport';
export { createWayOutTransport } from './wayOutTransport';
