import { defined } from '../protocol/defined';
import { ConnectFailure, proxyRefusal, transportFailure } from './failure';
import { SocketOpener } from './openSocket';
import { hostOf } from './origin';
import { proxyFor, type NetworkSettings } from './proxyRule';
import { RawSocket } from './rawSocket';
import { requestAbort, type RequestAbort } from './requestAbort';
import type {
  BulkReader,
  OnBytes,
  Transport,
  TransportBody,
  TransportRequest,
  TransportResponse,
} from './transport';

/** The longest head that is read; Node's own limit is the same. */
const maxHeadBytes = 16_384;
const bodyPartBytes = 65_536;

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

/** The sockets of a transport: those that are open, and the idle ones by origin. */
class SocketPool {
  readonly #opener: SocketOpener;
  readonly #open = new Set<RawSocket>();
  readonly #idle = new Map<string, RawSocket[]>();

  constructor(network: NetworkSettings) {
    this.#opener = new SocketOpener(network);
  }

  /** Connects, or rejects as soon as `signal` is aborted; a connection that comes too late is dropped. */
  connect(url: URL, signal: AbortSignal): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(new Error('aborted'));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#connect(url, signal)
        .then((socket) => {
          if (signal.aborted) this.drop(socket);
          else resolve(socket);
        }, reject)
        .finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  async #connect(url: URL, signal: AbortSignal): Promise<RawSocket> {
    const socket = new RawSocket();
    socket.attach(await this.#opener.open(url, { onread: socket.onread, signal }));
    this.#open.add(socket);
    return socket;
  }

  /** An idle socket to this origin that is still usable; undefined when there is none. */
  reuse(origin: string): RawSocket | undefined {
    for (;;) {
      const socket = this.#idle.get(origin)?.pop();
      if (socket === undefined || socket.isUsable) return socket;
      this.drop(socket);
    }
  }

  /** Keeps a socket for the next request to its origin. */
  keep(origin: string, socket: RawSocket): void {
    this.#idle.set(origin, [...(this.#idle.get(origin) ?? []), socket]);
  }

  drop(socket: RawSocket): void {
    this.#open.delete(socket);
    socket.destroy();
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
    this.#idle.clear();
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
    // The body of a redirect is not read; without a length its connection ends here.
    this.#keepsAlive = head.keepsAlive && head.bodyBytes !== undefined;
    this.#left = head.bodyBytes ?? 0;
    this.#url = url;
    this.#abort = abort;
    this.body = this.#parts();
    this.#finish();
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

  #finish(): void {
    if (this.#left > 0 || this.#abort.signal.aborted) return;
    this.#abort.release();
    if (this.#keepsAlive && this.#socket.isUsable) this.#pool.keep(this.#url.origin, this.#socket);
    else this.#pool.drop(this.#socket);
    this.#left = -1;
  }
}

/**
 * The {@link Transport} that moves nearly every byte: HTTP/1.1 by hand over sockets that read straight into the caller's
 * memory. It does one thing, a GET whose response has a plain length. Any other request goes to `fallback`, and an
 * origin whose response is framed otherwise is asked again through `fallback` and stays there.
 */
export class RawTransport implements Transport {
  readonly #network: NetworkSettings;
  readonly #fallback: Transport;
  readonly #pool: SocketPool;
  /** Origins whose responses are not framed by a plain length. */
  readonly #needsFallback = new Set<string>();

  constructor(network: NetworkSettings, fallback: Transport) {
    this.#network = network;
    this.#fallback = fallback;
    this.#pool = new SocketPool(network);
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const url = new URL(request.url);
    const isPlainGet = (request.method ?? 'GET') === 'GET' && request.body === undefined;
    if (!isPlainGet || this.#needsFallback.has(url.origin)) return this.#fallback.request(request);
    const host = hostOf(request.url);
    const abort = requestAbort(request.signal, host, request.headTimeoutMs);
    try {
      const exchange = await this.#exchange(url, request, abort.signal);
      this.#checkHead(exchange, url);
      abort.headArrived();
      return new RawResponse(this.#pool, exchange, url, abort);
    } catch (error) {
      abort.release();
      if (abort.reason() === undefined && error instanceof UnsupportedFraming) {
        this.#needsFallback.add(url.origin);
        return this.#fallback.request(request);
      }
      throw abort.reason() ?? transportFailure(error, host);
    }
  }

  close(): Promise<void> {
    this.#pool.close();
    return Promise.resolve();
  }

  /** One exchange up to the head. A kept socket that the server has closed meanwhile is replaced once. */
  async #exchange(url: URL, request: TransportRequest, signal: AbortSignal): Promise<Exchange> {
    const kept = this.#pool.reuse(url.origin);
    if (kept !== undefined) {
      try {
        return await this.#send(kept, url, request, signal);
      } catch (error) {
        if (signal.aborted || error instanceof UnsupportedFraming) throw error;
      }
    }
    return this.#send(await this.#pool.connect(url, signal), url, request, signal);
  }

  /** Sends the request and reads the head of its response. */
  async #send(
    socket: RawSocket,
    url: URL,
    request: TransportRequest,
    signal: AbortSignal,
  ): Promise<Exchange> {
    signal.addEventListener('abort', () => this.#pool.drop(socket), { once: true });
    try {
      socket.write(this.#requestText(url, request));
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
    const isRedirect = head.status >= 300 && head.status < 400;
    if (head.bodyBytes === undefined && !isRedirect) {
      this.#pool.drop(socket);
      throw new UnsupportedFraming();
    }
  }
}

/** The head of an HTTP/1.1 response, and how long its body is. */
interface HttpHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: not framed by a plain length (chunked, or until the connection ends). */
  readonly bodyBytes: number | undefined;
  /** The connection may be used for another request after the body. */
  readonly keepsAlive: boolean;
}

const headerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/;

/**
 * Parses the text before the empty line of a response. Undefined when it is not strictly HTTP/1.x (folded lines, bare
 * carriage returns, two lengths that differ): such a response is left to a more forgiving client.
 */
function parseHead(text: string): HttpHead | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const found = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first);
  if (found === null) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    const before = headers[key];
    if (key === 'content-length' && before !== undefined && before !== value) return undefined;
    headers[key] = before === undefined || key === 'content-length' ? value : `${before}, ${value}`;
  }
  const status = Number(found[2]);
  return {
    status,
    headers,
    bodyBytes: bodyBytes(status, headers),
    keepsAlive: found[1] === '1' && !/\bclose\b/i.test(headers['connection'] ?? ''),
  };
}

function bodyBytes(status: number, headers: Readonly<Record<string, string>>): number | undefined {
  if (status === 204 || status === 304) return 0;
  const length = headers['content-length'];
  if (headers['transfer-encoding'] !== undefined || length === undefined) return undefined;
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
