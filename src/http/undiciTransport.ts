import { Agent } from 'undici';
import type { IncomingHttpHeaders } from 'undici/types/header';
import { defined } from '../protocol/defined';
import { hostOf, transportFailure } from './failure';
import type { NetworkSettings } from './networkSettings';
import { createSocketOpener } from './openSocket';
import { requestAbort } from './requestAbort';
import type { Transport, TransportBody, TransportResponse } from './transport';

function joined(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  const result: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    result[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}

/**
 * A {@link Transport} over undici, the complete client for what the raw sockets do not do (bodies without a plain
 * length). Its own time limits are off; the caller's abort and the head's limit stand instead.
 */
export function createUndiciTransport(network: NetworkSettings): Transport {
  const open = createSocketOpener(network);
  const agent = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
    connect(options, callback) {
      const port = options.port === '' ? '' : `:${options.port}`;
      open(new URL(`${options.protocol}//${options.hostname}${port}`)).then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(transportFailure(error, options.hostname), null),
      );
    },
  });

  return {
    async request(request): Promise<TransportResponse> {
      const host = hostOf(request.url);
      const abort = requestAbort(request.signal, host, request.headTimeoutMs);
      try {
        const url = new URL(request.url);
        const answer = await agent.request({
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: request.method ?? 'GET',
          headers: { 'accept-encoding': 'identity', ...request.headers },
          signal: abort.signal,
          ...defined({ body: request.body }),
        });
        abort.headArrived();
        const body = answer.body;
        async function* parts(): TransportBody {
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
        return {
          status: answer.statusCode,
          headers: joined(answer.headers),
          body: parts(),
          discard() {
            body.on('error', () => undefined);
            if (abort.discard()) body.destroy();
          },
        };
      } catch (error) {
        abort.release();
        throw abort.reason() ?? transportFailure(error, host);
      }
    },
    close: () => agent.destroy(),
  };
}
