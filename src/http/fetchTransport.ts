import { defined } from '../protocol/defined';
import { transportFailure } from './failure';
import { hostOf } from './origin';
import { requestAbort, type RequestAbort } from './requestAbort';
import type { Transport, TransportBody, TransportResponse } from './transport';

/** The part of `globalThis.fetch` that is used; the editor's own knows the proxy, PAC files and Kerberos. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

async function* bodyOf(response: Response, abort: RequestAbort, host: string): TransportBody {
  const reader = response.body?.getReader();
  try {
    if (reader === undefined) {
      abort.release();
      return;
    }
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        abort.release();
        return;
      }
      yield value;
    }
  } catch (error) {
    throw abort.reason() ?? transportFailure(error, host);
  } finally {
    // Does nothing after the end; otherwise the reader has stopped early and the socket must not stay open.
    abort.discard();
  }
}

/**
 * A {@link Transport} over a `fetch` function, for the extension host's main thread. Redirects are not followed. The
 * encoding is `identity`, because ranges of a compressed file count compressed bytes
 * (docs/hub-protocol.md section 2.4).
 */
export function createFetchTransport(fetch: Fetch): Transport {
  return {
    async request(request): Promise<TransportResponse> {
      const host = hostOf(request.url);
      const abort = requestAbort(request.signal, host, request.headTimeoutMs);
      abort.expectHead('asked');
      try {
        const response = await fetch(request.url, {
          method: request.method ?? 'GET',
          headers: { 'accept-encoding': 'identity', ...request.headers },
          redirect: 'manual',
          signal: abort.signal,
          ...defined({ body: request.body }),
        });
        abort.headArrived();
        return {
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: bodyOf(response, abort, host),
          discard() {
            abort.discard();
          },
        };
      } catch (error) {
        abort.release();
        throw abort.reason() ?? transportFailure(error, host);
      }
    },
    close: () => Promise.resolve(),
  };
}
