import { systemClock, type Clock } from '../common/clock';
import { defined } from '../protocol/defined';
import {
  codedError,
  ConnectFailure,
  maxHeadBytes,
  proxyRefusal,
  transportFailure,
} from './failure';
import { mayBeHttp, parseHead, splitHead, type HttpHead } from './httpHead';
import { hostOf } from './origin';
import { proxyFor, type NetworkSettings } from './proxyRule';
import type { RawSocket } from './rawSocket';
import { requestAbort, type RequestAbort } from './requestAbort';
import { idleLimitMs, SocketPool } from './socketPool';
import type {
  BulkReader,
  OnBytes,
  Transport,
  TransportBody,
  TransportRequest,
  TransportResponse,
} from './transport';

const bodyPartBytes = 65_536;
/**
 * An answer on a connection that was idle begins within this time, or the request is sent again on a new one: a network
 * that has forgotten the connection says nothing at all.
 */
const keptAnswerMs = 5000;

/** A socket whose request has been answered, up to the head. */
interface Exchange {
  readonly socket: RawSocket;
  readonly head: HttpHead;
}

/** The response is not framed by a plain length; the complete client takes over. */
class UnsupportedFraming extends Error {}

function headerText(value: string): string {
  if (/[\r\n\0]/.test(value)) throw new Error('a header value spans lines');
  return value;
}

/** Reads the answer's head; interim answers (1xx) are passed over. */
async function readHead(socket: RawSocket): Promise<HttpHead> {
  let received: Buffer = Buffer.alloc(0);
  for (;;) {
    const found = splitHead(received);
    if (found === undefined) {
      if (!mayBeHttp(received)) throw codedError('NOT_HTTP', 'the answer is not HTTP/1.x');
      if (received.length > maxHeadBytes) {
        throw codedError('HPE_HEADER_OVERFLOW', 'the head is too long');
      }
      received = await moreOf(socket, received.length === 0);
      continue;
    }
    const head = parseHead(found.text);
    if (head === undefined || head.status === 101) {
      throw codedError('NOT_HTTP', 'the head can not be parsed');
    }
    socket.skip(found.bytes);
    received = received.subarray(found.bytes);
    if (head.status >= 200) return head;
  }
}

async function moreOf(socket: RawSocket, isFirst: boolean): Promise<Buffer> {
  try {
    return await socket.some();
  } catch (error) {
    // A reset keeps its own name; an orderly end is described by the part of the answer that it ended.
    if (!socket.endedInOrder) throw error;
    throw isFirst
      ? codedError('NO_ANSWER', 'closed without an answer')
      : codedError('CUT_SHORT', 'closed within the head');
  }
}

/** A response whose body is read from the socket; at its end the socket goes back to the pool. */
class RawResponse implements TransportResponse, BulkReader {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: TransportBody;
  readonly bulk: BulkReader = this;
  readonly #pool: SocketPool;
  readonly #socket: RawSocket;
  readonly #keepsAlive: boolean;
  readonly #url: URL;
  readonly #abort: RequestAbort;
  /** Bytes of the body that are still to come; -1 once the socket has been given back. */
  #left: number;

  constructor(pool: SocketPool, { socket, head }: Exchange, url: URL, abort: RequestAbort) {
    this.status = head.status;
    this.headers = head.headers;
    this.#pool = pool;
    this.#socket = socket;
    this.#keepsAlive = head.keepsAlive;
    this.#left = head.bodyBytes ?? 0;
    this.#url = url;
    this.#abort = abort;
    const isChunked = /\bchunked\b/i.test(head.headers['transfer-encoding'] ?? '');
    this.body = head.bodyBytes === undefined ? this.#unframed(isChunked) : this.#parts();
    if (head.bodyBytes !== undefined) this.#finish();
  }

  async fill(buffer: Uint8Array, maxMs: number, onBytes: OnBytes): Promise<number> {
    if (this.#left <= 0) return 0;
    try {
      const got = await this.#socket.fill(buffer.subarray(0, this.#left), maxMs, onBytes);
      this.#left -= got;
      this.#finish();
      return got;
    } catch (error) {
      this.#pool.drop(this.#socket);
      const reason = this.#abort.reason();
      this.#abort.release();
      throw reason ?? transportFailure(error, this.#url.host);
    }
  }

  discard(): void {
    if (this.#abort.discard()) this.#pool.drop(this.#socket);
  }

  async *#parts(): TransportBody {
    for (;;) {
      const part = new Uint8Array(bodyPartBytes);
      const got = await this.fill(part, 1, () => false);
      if (got === 0) return;
      yield part.subarray(0, got);
    }
  }

  /** A small body without a plain length, such as a refusal's text; its connection ends with it. */
  async *#unframed(isChunked: boolean): TransportBody {
    try {
      for (let inChunk = isChunked ? 0 : Infinity; ;) {
        const received = this.#socket.backlog;
        const lineEnd = received.indexOf(10);
        if (inChunk > 0 && received.length > 0) {
          const part = Uint8Array.from(received.subarray(0, inChunk));
          this.#socket.skip(part.length);
          inChunk -= part.length;
          yield part;
        } else if (inChunk === 0 && lineEnd !== -1) {
          const line = received.toString('latin1', 0, lineEnd).trim();
          this.#socket.skip(lineEnd + 1);
          // Each chunk ends with an empty line; the size of the last one is 0.
          if (line !== '') inChunk = parseInt(line, 16);
          if (line !== '' && !(inChunk > 0)) return;
        } else if (inChunk === 0 && received.length > maxHeadBytes) {
          throw codedError('NOT_HTTP', 'the size of a chunk can not be read');
        } else await this.#socket.some();
      }
    } catch (error) {
      if (!isChunked && this.#socket.endedInOrder) return;
      throw this.#abort.reason() ?? transportFailure(error, this.#url.host);
    } finally {
      this.discard();
    }
  }

  #finish(): void {
    if (this.#left > 0 || this.#abort.signal.aborted) return;
    this.#abort.release();
    if (this.#keepsAlive && this.#socket.isUsable) {
      const limitMs = idleLimitMs(this.headers['keep-alive']);
      this.#pool.keep(this.#url.origin, this.#socket, limitMs);
    } else this.#pool.drop(this.#socket);
    this.#left = -1;
  }
}

/**
 * The {@link Transport} that moves nearly every byte: HTTP/1.1 by hand over sockets that read straight into the caller's
 * memory. It does one thing, a GET whose response has a plain length. Any other request goes to `fallback`, and an
 * origin whose 200 or 206 is framed otherwise is asked again through `fallback` and stays there; redirects and refusals
 * may be framed as they like.
 */
export class RawTransport implements Transport {
  readonly #network: NetworkSettings;
  readonly #fallback: Transport | undefined;
  readonly #clock: Clock;
  readonly #pool: SocketPool;
  /** Origins whose responses are not framed by a plain length. */
  readonly #needsFallback = new Set<string>();

  /** `fallback`: absent where answers are small, and read whatever their framing. */
  constructor(network: NetworkSettings, fallback?: Transport, clock: Clock = systemClock) {
    this.#network = network;
    this.#fallback = fallback;
    this.#clock = clock;
    this.#pool = new SocketPool(network, clock);
  }

  /** Sockets that are open, busy or idle. */
  get openSockets(): number {
    return this.#pool.size;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const url = new URL(request.url);
    const isPlainGet = (request.method ?? 'GET') === 'GET' && request.body === undefined;
    const fallback = this.#fallback;
    if (fallback !== undefined && (!isPlainGet || this.#needsFallback.has(url.origin))) {
      return fallback.request(request);
    }
    const host = hostOf(request.url);
    const abort = requestAbort(request.signal, host, request.headTimeoutMs);
    try {
      const exchange = await this.#exchange(url, request, abort);
      this.#checkHead(exchange, url);
      abort.headArrived();
      return new RawResponse(this.#pool, exchange, url, abort);
    } catch (error) {
      abort.release();
      const isOdd = abort.reason() === undefined && error instanceof UnsupportedFraming;
      if (isOdd && fallback !== undefined) {
        this.#needsFallback.add(url.origin);
        return fallback.request(request);
      }
      throw abort.reason() ?? transportFailure(error, host);
    }
  }

  close(): Promise<void> {
    this.#pool.close();
    return Promise.resolve();
  }

  /** One exchange up to the head, on an idle socket or a new one. */
  async #exchange(url: URL, request: TransportRequest, abort: RequestAbort): Promise<Exchange> {
    const text = this.#requestText(url, request);
    const kept = this.#pool.reuse(url.origin);
    if (kept !== undefined) {
      const exchange = await this.#askKept(kept, text, request.headTimeoutMs, abort);
      if (exchange !== undefined) return exchange;
      this.#pool.dropIdle(url.origin);
    }
    return this.#send(await this.#pool.connect(url, abort.signal), text, abort);
  }

  /** Asks on a socket that was idle. Undefined when it turns out to be dead: that is no failure of the request. */
  async #askKept(
    socket: RawSocket,
    text: string,
    headTimeoutMs: number,
    abort: RequestAbort,
  ): Promise<Exchange | undefined> {
    // Half of the head's time at most: the other half is for the new connection.
    const limitMs = Math.min(keptAnswerMs, headTimeoutMs / 2);
    const limit = this.#clock.after(limitMs, () => {
      if (!socket.hasSpoken) this.#pool.drop(socket);
    });
    try {
      const exchange = await this.#send(socket, text, abort);
      // A server's answer about a connection that was idle for too long, not about this request.
      if (exchange.head.status !== 408) return exchange;
      this.#pool.drop(socket);
    } catch (error) {
      if (abort.signal.aborted) throw error;
    } finally {
      limit.dispose();
    }
    return undefined;
  }

  /** Sends the request and reads the head of its response. */
  async #send(socket: RawSocket, text: string, abort: RequestAbort): Promise<Exchange> {
    const { signal } = abort;
    signal.addEventListener('abort', () => this.#pool.drop(socket), { once: true });
    try {
      if (signal.aborted) throw new Error('aborted');
      abort.expectHead('sent');
      socket.write(text);
      return { socket, head: await readHead(socket) };
    } catch (error) {
      this.#pool.drop(socket);
      throw error;
    }
  }

  #requestText(url: URL, request: TransportRequest): string {
    // A proxy is asked for a plain http address by its whole address, instead of through a tunnel.
    const proxy = url.protocol === 'http:' ? proxyFor(url, this.#network) : undefined;
    const path = `${proxy === undefined ? '' : url.origin}${url.pathname}${url.search}`;
    const headers = {
      'accept-encoding': 'identity',
      ...request.headers,
      ...defined({ 'proxy-authorization': proxy?.authorization }),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${headerText(value)}`);
    return [`GET ${path} HTTP/1.1`, `host: ${url.host}`, ...lines, '', ''].join('\r\n');
  }

  #checkHead({ socket, head }: Exchange, url: URL): void {
    if (head.status === 407) {
      this.#pool.drop(socket);
      const proxyHost = proxyFor(url, this.#network)?.host ?? url.host;
      throw new ConnectFailure(proxyRefusal(proxyHost, 407));
    }
    if (head.bodyBytes === undefined && head.status < 300 && this.#fallback !== undefined) {
      this.#pool.drop(socket);
      throw new UnsupportedFraming();
    }
  }
}
