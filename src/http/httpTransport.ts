import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { defined } from '../protocol/defined';
import { ConnectFailure, hostOf, proxyRefusal, transportFailure } from './failure';
import type { NetworkSettings } from './networkSettings';
import { createSocketOpener, type OpenSocket } from './openSocket';
import { proxyFor } from './proxyRule';
import { requestAbort, type RequestAbort } from './requestAbort';
import type { Transport, TransportBody, TransportRequest, TransportResponse } from './transport';

type SocketCallback = (error: Error | null, stream: Duplex) => void;

/** Idle sockets are kept for the next segment or the next small file; servers close theirs after about a minute. */
const agentOptions: http.AgentOptions = { keepAlive: true, maxFreeSockets: 32, scheduling: 'fifo' };

/** Lets an agent take its sockets from `open`, which knows the proxy and the certificates. */
function withSockets<T extends http.Agent>(agent: T, protocol: string, open: OpenSocket): T {
  agent.createConnection = (options, callback?: SocketCallback) => {
    const host = options.host ?? 'localhost';
    const authority = host.includes(':') ? `[${host}]` : host;
    open(new URL(`${protocol}//${authority}:${String(options.port ?? '')}`)).then(
      (socket) => callback?.(null, socket),
      (error: unknown) => {
        // Node's agent takes a failure without a stream; its type asks for one all the same.
        if (callback !== undefined) Reflect.apply(callback, undefined, [error]);
      },
    );
    return undefined;
  };
  return agent;
}

function headersOf(message: http.IncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

async function* bodyOf(
  message: http.IncomingMessage,
  abort: RequestAbort,
  host: string,
): TransportBody {
  try {
    for await (const part of message) {
      if (part instanceof Uint8Array) yield part;
    }
  } catch (error) {
    throw abort.reason() ?? transportFailure(error, host);
  } finally {
    abort.release();
  }
}

/**
 * A {@link Transport} over `node:http`, HTTP/1.1 only, each connection a socket of its own: the client for plain http
 * through a proxy where an answer is odd, because undici can only tunnel.
 */
export function createHttpTransport(network: NetworkSettings): Transport {
  const open = createSocketOpener(network);
  const plain = withSockets(new http.Agent(agentOptions), 'http:', open);
  const secure = withSockets(new https.Agent(agentOptions), 'https:', open);

  function send(request: TransportRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    const url = new URL(request.url);
    const proxy = url.protocol === 'http:' ? proxyFor(url, network) : undefined;
    const options: https.RequestOptions = {
      method: request.method ?? 'GET',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port,
      // A proxy is asked for a plain http address by its whole address instead of through a tunnel.
      path:
        proxy === undefined
          ? `${url.pathname}${url.search}`
          : `${url.origin}${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        'accept-encoding': 'identity',
        ...request.headers,
        ...defined({ 'proxy-authorization': proxy?.authorization }),
      },
      signal,
    };
    return new Promise((resolve, reject) => {
      const outgoing =
        url.protocol === 'https:'
          ? https.request({ ...options, agent: secure })
          : http.request({ ...options, agent: plain });
      outgoing.once('error', reject);
      outgoing.once('response', (message) => {
        outgoing.off('error', reject);
        outgoing.on('error', () => undefined);
        if (proxy !== undefined && message.statusCode === 407) {
          message.destroy();
          reject(new ConnectFailure(proxyRefusal(proxy.host, 407)));
        } else resolve(message);
      });
      outgoing.end(request.body);
    });
  }

  return {
    async request(request): Promise<TransportResponse> {
      const host = hostOf(request.url);
      const abort = requestAbort(request.signal, host, request.headTimeoutMs);
      try {
        const message = await send(request, abort.signal);
        abort.headArrived();
        return {
          status: message.statusCode ?? 0,
          headers: headersOf(message),
          body: bodyOf(message, abort, host),
          discard() {
            message.on('error', () => undefined);
            if (abort.discard()) message.destroy();
          },
        };
      } catch (error) {
        abort.release();
        throw abort.reason() ?? transportFailure(error, host);
      }
    },
    close() {
      plain.destroy();
      secure.destroy();
      return Promise.resolve();
    },
  };
}
