import { defined } from '../protocol/defined';
import type { OnBytes } from './bulkReader';
import { hostOf, proxyRefusal, ConnectFailure, transportFailure } from './failure';
import { parseHead, type HttpHead } from './httpHead';
import type { NetworkSettings } from './networkSettings';
import { createSocketOpener } from './openSocket';
import { proxyFor } from './proxyRule';
import { RawSocket } from './rawSocket';
import { requestAbort, type RequestAbort } from './requestAbort';
import type { Transport, TransportBody, TransportRequest, TransportResponse } from './transport';

/** A head longer than this is not one; Node's own limit is the same. */
const maxHeadBytes = 16_384;
const bodyPartBytes = 65_536;

interface Exchange {
  readonly raw: RawSocket;
  readonly head: HttpHead;
}

/** An answer that is not framed by a plain length; a client that can do everything is asked instead. */
class UnsupportedFraming extends Error {}

function headerText(value: string): string {
  if (/[\r\n\0]/.test(value)) throw new Error('a header value spans lines');
  return value;
}

/** Reads the answer's head; interim answers (1xx) are passed over. */
async function readHead(socket: RawSocket): Promise<HttpHead> {
  let received: Buffer = Buffer.alloc(0);
  for (;;) {
    const end = received.indexOf('\r\n\r\n');
    if (end === -1) {
      if (received.length > maxHeadBytes) throw new UnsupportedFraming();
      received = await socket.some();
      continue;
    }
    const head = parseHead(received.toString('latin1', 0, end));
    if (head === undefined) throw new UnsupportedFraming();
    socket.skip(end + 4);
    received = received.subarray(end + 4);
    if (head.status >= 200) return head;
  }
}

/**
 * The {@link Transport} that moves nearly everything: HTTP/1.1 by hand over sockets that read straight into the caller's
 * memory. It does one thing, a GET whose answer has a plain length; whatever is odd is asked again through `other`, and
 * that origin stays there.
 */
export function createRawTransport(network: NetworkSettings, fallback: Transport): Transport {
  const open = createSocketOpener(network);
  const idle = new Map<string, RawSocket[]>();
  const needsFallback = new Set<string>();
  const all = new Set<RawSocket>();

  async function connect(url: URL, signal: AbortSignal): Promise<RawSocket> {
    const raw = new RawSocket();
    raw.attach(await open(url, raw.onread, signal));
    all.add(raw);
    return raw;
  }

  function reuse(origin: string): RawSocket | undefined {
    for (;;) {
      const raw = idle.get(origin)?.pop();
      if (raw === undefined || raw.isUsable) return raw;
      drop(raw);
    }
  }

  function drop(raw: RawSocket, reason?: Error): void {
    all.delete(raw);
    raw.destroy(reason);
  }

  function send(raw: RawSocket, url: URL, request: TransportRequest): void {
    const proxy = url.protocol === 'http:' ? proxyFor(url, network) : undefined;
    const path = `${proxy === undefined ? '' : url.origin}${url.pathname}${url.search}`;
    const lines = [`GET ${path} HTTP/1.1`, `host: ${url.host}`];
    const headers = {
      'accept-encoding': 'identity',
      ...request.headers,
      ...defined({ 'proxy-authorization': proxy?.authorization }),
    };
    for (const [name, value] of Object.entries(headers))
      lines.push(`${name}: ${headerText(value)}`);
    raw.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  async function talk(
    raw: RawSocket,
    url: URL,
    request: TransportRequest,
    signal: AbortSignal,
  ): Promise<Exchange> {
    signal.addEventListener('abort', () => drop(raw), { once: true });
    try {
      send(raw, url, request);
      return { raw, head: await readHead(raw) };
    } catch (error) {
      drop(raw);
      throw error;
    }
  }

  /** Connects, or rejects as soon as `signal` is aborted; a connection that comes too late is dropped. */
  function connectUnless(url: URL, signal: AbortSignal): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(new Error('aborted'));
      signal.addEventListener('abort', onAbort, { once: true });
      connect(url, signal)
        .then((raw) => {
          if (signal.aborted) drop(raw);
          else resolve(raw);
        }, reject)
        .finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  /** One exchange up to the head. A kept socket that the server has closed meanwhile is replaced once. */
  async function exchange(
    url: URL,
    request: TransportRequest,
    signal: AbortSignal,
  ): Promise<Exchange> {
    const kept = reuse(url.origin);
    if (kept !== undefined) {
      try {
        return await talk(kept, url, request, signal);
      } catch (error) {
        if (signal.aborted || error instanceof UnsupportedFraming) throw error;
      }
    }
    return talk(await connectUnless(url, signal), url, request, signal);
  }

  return {
    async request(request): Promise<TransportResponse> {
      const url = new URL(request.url);
      const isPlainGet = (request.method ?? 'GET') === 'GET' && request.body === undefined;
      if (!isPlainGet || needsFallback.has(url.origin)) return fallback.request(request);
      const host = hostOf(request.url);
      const abort = requestAbort(request.signal, host, request.headTimeoutMs);
      try {
        const { raw, head } = await exchange(url, request, abort.signal);
        if (head.status === 407) {
          drop(raw);
          throw new ConnectFailure(proxyRefusal(proxyFor(url, network)?.host ?? host, 407));
        }
        const isRedirect = head.status >= 300 && head.status < 400;
        if (head.bodyBytes === undefined && !isRedirect) {
          drop(raw);
          throw new UnsupportedFraming();
        }
        abort.headArrived();
        // Nobody reads what stands in a redirect; without a length its connection ends here.
        const framed =
          head.bodyBytes === undefined ? { ...head, bodyBytes: 0, keepsAlive: false } : head;
        return answer(url, raw, framed, framed.bodyBytes ?? 0, abort, host);
      } catch (error) {
        abort.release();
        if (abort.reason() === undefined && error instanceof UnsupportedFraming) {
          needsFallback.add(url.origin);
          return fallback.request(request);
        }
        throw abort.reason() ?? transportFailure(error, host);
      }
    },
    close() {
      for (const raw of all) raw.destroy();
      all.clear();
      idle.clear();
      return Promise.resolve();
    },
  };

  function answer(
    url: URL,
    raw: RawSocket,
    head: HttpHead,
    bodyBytes: number,
    abort: RequestAbort,
    host: string,
  ): TransportResponse {
    let left = bodyBytes;
    const finish = (): void => {
      if (left > 0 || abort.signal.aborted) return;
      abort.release();
      if (head.keepsAlive && raw.isUsable) {
        idle.set(url.origin, [...(idle.get(url.origin) ?? []), raw]);
      } else drop(raw);
      left = -1;
    };
    const bulk = {
      async fill(buffer: Uint8Array, maxMs: number, onBytes: OnBytes): Promise<number> {
        if (left <= 0) return 0;
        try {
          const got = await raw.fill(buffer.subarray(0, left), maxMs, onBytes);
          left -= got;
          finish();
          return got;
        } catch (error) {
          drop(raw);
          const reason = abort.reason();
          abort.release();
          throw reason ?? transportFailure(error, host);
        }
      },
    };
    async function* parts(): TransportBody {
      for (;;) {
        const part = new Uint8Array(bodyPartBytes);
        const got = await bulk.fill(part, 1, () => false);
        if (got === 0) return;
        yield part.subarray(0, got);
      }
    }
    finish();
    return {
      status: head.status,
      headers: head.headers,
      body: parts(),
      bulk,
      discard() {
        if (abort.discard()) drop(raw);
      },
    };
  }
}
