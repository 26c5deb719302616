import { Agent } from 'undici';
import type { IncomingHttpHeaders } from 'undici/types/header';
import { defined } from '../protocol/defined';
import { ConnectFailure, maxHeadBytes, proxyRefusal, transportFailure } from './failure';
import { SocketOpener } from './openSocket';
import { hostOf } from './origin';
import { proxyFor, type NetworkSettings } from './proxyRule';
import { requestAbort, type RequestAbort } from './requestAbort';
import type { Transport, TransportBody, TransportRequest, TransportResponse } from './transport';

function joined(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  const result: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    result[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}

async function* bodyOf(
  body: AsyncIterable<unknown>,
  abort: RequestAbort,
  host: string,
): TransportBody {
  try {
    for await (const part of body) {
      if (part instanceof Uint8Array) yield part;
    }
  } catch (error) {
    throw abort.reason() ?? transportFailure(error, host);
  } finally {
    abort.release();
  }
}

/**
 * A {@link Transport} over undici, the complete client for what the raw sockets do not do (requests with a body,
 * responses without a plain length). Undici's own time limits are off; the caller's abort and the head's limit replace
 * them. Its sockets come from a {@link SocketOpener}, which knows the proxy and the certificates.
 */
export class UndiciTransport implements Transport {
  readonly #network: NetworkSettings;
  readonly #agent: Agent;
  /** Aborted by `close`: ends what is still connecting. */
  readonly #closed = new AbortController();

  constructor(network: NetworkSettings) {
    this.#network = network;
    const opener = new SocketOpener(network);
    this.#agent = new Agent({
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
      maxHeaderSize: maxHeadBytes,
      connect: ({ protocol, hostname, port }, callback) => {
        const url = new URL(`${protocol}//${hostname}${port === '' ? '' : `:${port}`}`);
        opener.open(url, { signal: this.#closed.signal }).then(
          (socket) => callback(null, socket),
          (error: unknown) => callback(transportFailure(error, hostname), null),
        );
      },
    });
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const url = new URL(request.url);
    const host = hostOf(request.url);
    const abort = requestAbort(request.signal, host, request.headTimeoutMs);
    abort.expectHead('asked');
    const path = `${url.pathname}${url.search}`;
    try {
      // A proxy is asked for a plain http address by its whole address, instead of through a tunnel.
      const proxy = url.protocol === 'http:' ? proxyFor(url, this.#network) : undefined;
      const { statusCode, headers, body } = await this.#agent.request({
        origin: url.origin,
        path: proxy === undefined ? path : `${url.origin}${path}`,
        method: request.method ?? 'GET',
        headers: {
          'accept-encoding': 'identity',
          ...request.headers,
          ...defined({ 'proxy-authorization': proxy?.authorization }),
        },
        signal: abort.signal,
        ...defined({ body: request.body }),
      });
      abort.headArrived();
      const discard = (): void => {
        body.on('error', () => undefined);
        if (abort.discard()) body.destroy();
      };
      if (proxy !== undefined && statusCode === 407) {
        discard();
        throw new ConnectFailure(proxyRefusal(proxy.host, 407));
      }
      return {
        status: statusCode,
        headers: joined(headers),
        body: bodyOf(body, abort, host),
        discard,
      };
    } catch (error) {
      abort.release();
      throw error instanceof ConnectFailure
        ? error
        : (abort.reason() ?? transportFailure(error, host));
    }
  }

  close(): Promise<void> {
    this.#closed.abort();
    return this.#agent.destroy();
  }
}
