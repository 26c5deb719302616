import { createHttpTransport } from './httpTransport';
import type { NetworkSettings } from './networkSettings';
import { proxyFor } from './proxyRule';
import type { Transport } from './transport';

/**
 * A {@link Transport} for whatever the raw sockets leave over: undici, and `node:http` for plain http through a proxy,
 * which undici can only tunnel. Undici is loaded with the first such request and not before: it costs 30 to 50 MiB
 * (test/bench/README.md), and most downloads never need it.
 */
export function createCompleteTransport(network: NetworkSettings): Transport {
  const plain = createHttpTransport(network);
  let undici: Promise<Transport> | undefined;
  const loaded = (): Promise<Transport> =>
    (undici ??= import('./undiciTransport').then(({ createUndiciTransport }) =>
      createUndiciTransport(network),
    ));
  return {
    async request(request) {
      const url = new URL(request.url);
      const isPlainProxy = url.protocol === 'http:' && proxyFor(url, network) !== undefined;
      return (isPlainProxy ? plain : await loaded()).request(request);
    },
    async close() {
      await Promise.all([plain.close(), undici?.then((transport) => transport.close())]);
    },
  };
}
