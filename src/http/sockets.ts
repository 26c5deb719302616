/**
 * The second main file of http/, for code that runs in the worker only: sockets of our own. It is separate from
 * index.ts because importing undici claims process-wide dispatcher slots, which the extension host's main thread shares
 * with every other extension.
 */
import type { NetworkSettings } from './proxyRule';
import { RawTransport } from './rawTransport';
import type { Transport, TransportRequest, TransportResponse } from './transport';

/**
 * A {@link Transport} for everything that the raw sockets do not do. Undici is loaded with the first such request and
 * not before: it costs 30 to 50 MiB (test/bench/README.md), and most downloads never need it.
 */
export class CompleteTransport implements Transport {
  readonly #network: NetworkSettings;
  #undici: Promise<Transport> | undefined;

  constructor(network: NetworkSettings) {
    this.#network = network;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    this.#undici ??= import('./undiciTransport').then(
      ({ UndiciTransport }) => new UndiciTransport(this.#network),
    );
    return (await this.#undici).request(request);
  }

  async close(): Promise<void> {
    await (await this.#undici)?.close();
  }
}

/**
 * A {@link Transport} with sockets of its own: raw sockets for every GET whose response has a plain length, and undici
 * for the rest.
 */
export function createSocketTransport(network: NetworkSettings): Transport {
  const complete = new CompleteTransport(network);
  const raw = new RawTransport(network, complete);
  return {
    request: (request) => raw.request(request),
    async close() {
      await Promise.all([raw.close(), complete.close()]);
    },
  };
}

export { createPortTransport } from './portTransport';
export { createFallbackTransport } from './fallbackTransport';
