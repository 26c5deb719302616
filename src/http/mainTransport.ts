import { toAsrError } from '../common/asrError';
import { systemClock, type Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import { createFetchTransport, type Fetch } from './fetchTransport';
import type { NetworkSettings } from './proxyRule';
import { RawTransport } from './rawTransport';
import type { Transport, TransportRequest, TransportResponse } from './transport';

/**
 * The editor's fetch has this long for an answer before sockets of our own ask as well: twice what a far hub needs to
 * connect, to agree on TLS and to answer.
 */
const hedgeMs = 1000;

/**
 * The {@link Transport} of the extension host's main thread: the editor's fetch, which knows PAC files and Kerberos.
 * Where it fails or takes long, sockets of our own ask in parallel, and the first answer counts: fetch gives each
 * address of a host 250 ms, so that a host with several addresses is never reached over a line with a longer delay. An
 * origin that our own sockets answered for is asked by them first from then on. When neither answers, the error of
 * fetch is thrown.
 */
export function createMainTransport(
  fetch: Fetch,
  network: () => Promise<NetworkSettings>,
  clock: Clock = systemClock,
): Transport {
  const own: Transport = {
    async request(request) {
      // Settings can change: they are read for each request, and no socket outlives it.
      const transport = new RawTransport(await network(), undefined, clock);
      return transport.request(request);
    },
    close: () => Promise.resolve(),
  };
  return createHedgedTransport(createFetchTransport(fetch), own, clock);
}

/** A {@link Transport} that asks `second` when `first` fails or takes long, and by origin begins with the one that won. */
export function createHedgedTransport(
  first: Transport,
  second: Transport,
  clock: Clock,
): Transport {
  const winners = new Map<string, Transport>();
  return {
    async request(request) {
      if ((request.method ?? 'GET') !== 'GET') return first.request(request);
      const { origin } = new URL(request.url);
      const order = winners.get(origin) === second ? [second, first] : [first, second];
      const { response, winner } = await firstAnswer(request, order, clock);
      winners.set(origin, winner);
      return response;
    },
    async close() {
      await Promise.all([first.close(), second.close()]);
    },
  };
}

interface Won {
  readonly response: TransportResponse;
  readonly winner: Transport;
}

/** The first answer of transports that are asked one after the other; the others are cut off. */
function firstAnswer(
  request: TransportRequest,
  order: readonly Transport[],
  clock: Clock,
): Promise<Won> {
  const waiting = [...order];
  const running = new Set<AbortController>();
  let firstError: unknown;
  let next: Disposable | undefined;
  return new Promise((resolve, reject) => {
    const ask = (): void => {
      next?.dispose();
      const transport = waiting.shift();
      if (transport === undefined) return;
      const abort = new AbortController();
      running.add(abort);
      const signal = AbortSignal.any([request.signal, abort.signal]);
      transport.request({ ...request, signal }).then(
        (response) => {
          running.delete(abort);
          next?.dispose();
          waiting.length = 0;
          for (const other of running) other.abort();
          running.clear();
          resolve({ response, winner: transport });
        },
        (error: unknown) => {
          firstError ??= error;
          running.delete(abort);
          if (!request.signal.aborted && waiting.length > 0) ask();
          else if (running.size === 0) {
            next?.dispose();
            reject(firstError instanceof Error ? firstError : toAsrError(firstError));
          }
        },
      );
      next = clock.after(hedgeMs, ask);
    };
    ask();
  });
}
