/**
 * The second face of transport/, for code that runs in the worker only: sockets of our own. It is apart from the main
 * face because importing undici claims process-wide dispatcher slots, which the extension host's main thread shares
 * with every other extension.
 */
import { createHttpTransport } from './httpTransport';
import type { NetworkSettings } from './networkSettings';
import { proxyFor } from './proxyRule';
import type { Transport } from './transport';
import { createRawTransport } from './rawTransport';
import { createUndiciTransport } from './undiciTransport';

/**
 * A {@link Transport} with sockets of its own and the given line settings: undici for the small requests, raw sockets
 * for bulk bytes, and `node:http` for what neither does (plain http through a proxy, bodies without a plain length).
 */
export function createSocketTransport(network: NetworkSettings): Transport {
  const any = createHttpTransport(network);
  const bulk = createRawTransport(network, any);
  const small = createUndiciTransport(network);
  return {
    request(request) {
      const url = new URL(request.url);
      const plainProxy = url.protocol === 'http:' && proxyFor(url, network) !== undefined;
      if (request.bulk === true) return bulk.request(request);
      return (plainProxy ? any : small).request(request);
    },
    async close() {
      await Promise.all([bulk.close(), any.close(), small.close()]);
    },
  };
}

export { createHttpTransport } from './httpTransport';
export { createUndiciTransport } from './undiciTransport';
export { createRawTransport } from './rawTransport';
export { createPortTransport } from './portTransport';
export { createWayOutTransport } from './wayOutTransport';
