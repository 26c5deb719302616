import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { tlsFixture } from '../tlsFixture';

/** A request as it came, and everything that is needed to answer it in any way. */
export class Ask {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly socket: net.Socket;
  /** 1 for the first request of the server, and of this connection. */
  readonly nth: number;
  readonly nthOnConnection: number;
  readonly #content: Buffer;

  constructor(
    head: string,
    socket: net.Socket,
    content: Buffer,
    nth: number,
    onConnection: number,
  ) {
    const [first = '', ...lines] = head.split('\r\n');
    const [method = '', target = ''] = first.split(' ');
    this.method = method;
    this.target = target;
    this.headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    this.socket = socket;
    this.nth = nth;
    this.nthOnConnection = onConnection;
    this.#content = content;
  }

  get content(): Buffer {
    return this.#content;
  }

  /** The range that is asked for, `end` exclusive; the whole file without one. */
  get range(): { readonly start: number; readonly end: number } {
    const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(this.headers['range'] ?? '') ?? [];
    if (start === undefined || last === undefined) return { start: 0, end: this.#content.length };
    return { start: Number(start), end: Math.min(this.#content.length, Number(last) + 1) };
  }

  get asksForPart(): boolean {
    return this.headers['range'] !== undefined;
  }

  /** The bytes that are asked for. */
  get body(): Buffer {
    return this.#content.subarray(this.range.start, this.range.end);
  }

  get contentRange(): string {
    const { start, end } = this.range;
    return `bytes ${String(start)}-${String(end - 1)}/${String(this.#content.length)}`;
  }

  /** The right head for what is asked, with these header lines instead of the usual ones where a name is the same. */
  head(lines: Readonly<Record<string, string | undefined>> = {}, status?: string): string {
    const usual = {
      ...(this.asksForPart ? { 'Content-Range': this.contentRange } : {}),
      'Content-Length': String(this.body.length),
    };
    const all: Readonly<Record<string, string | undefined>> = { ...usual, ...lines };
    const first = status ?? (this.asksForPart ? '206 Partial Content' : '200 OK');
    const text = Object.entries(all).map(([name, value]) =>
      value === undefined ? '' : `${name}: ${value}\r\n`,
    );
    return `HTTP/1.1 ${first}\r\n${text.join('')}\r\n`;
  }

  send(...parts: readonly (string | Uint8Array)[]): void {
    for (const part of parts) {
      this.socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
    }
  }

  /** The right answer. */
  sendRight(): void {
    this.send(this.head(), this.body);
  }

  /** Each part in a packet of its own, with a turn of the event loop between. */
  async drip(parts: Iterable<string | Uint8Array>): Promise<void> {
    for (const part of parts) {
      this.send(part);
      await new Promise(setImmediate);
    }
  }
}

export type Answer = (ask: Ask) => void | Promise<void>;

export interface RawServerOptions {
  readonly content: Buffer;
  readonly answer: Answer;
  /** `h2`: offers HTTP/2 alone. */
  readonly tls?: 'http/1.1' | 'h2' | undefined;
  /** Called for each connection before anything was read. */
  readonly onConnection?: ((socket: net.Socket) => void) | undefined;
}

/** A server that knows nothing of HTTP but where a request's head ends: what it says is the caller's affair. */
export interface RawServer {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly Ask[];
  /** Connections that are open now. */
  readonly connections: ReadonlySet<net.Socket>;
  close(): Promise<void>;
}

/** Starts a {@link RawServer} on the loopback. */
export async function startRawServer(options: RawServerOptions): Promise<RawServer> {
  const { content, answer, onConnection } = options;
  const requests: Ask[] = [];
  const connections = new Set<net.Socket>();
  const serve = (socket: net.Socket): void => {
    let received = '';
    let onThisConnection = 0;
    socket.on('error', () => undefined);
    onConnection?.(socket);
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      for (let end = received.indexOf('\r\n\r\n'); end !== -1; end = received.indexOf('\r\n\r\n')) {
        const head = received.slice(0, end);
        received = received.slice(end + 4);
        const ask = new Ask(head, socket, content, requests.length + 1, ++onThisConnection);
        requests.push(ask);
        void answer(ask);
      }
    });
  };
  const server =
    options.tls === undefined
      ? net.createServer({ allowHalfOpen: true }, serve)
      : tls.createServer(
          {
            key: tlsFixture.key,
            cert: tlsFixture.certificate,
            ALPNProtocols: [options.tls],
          },
          serve,
        );
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: net.Socket) => {
    connections.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`,
    port,
    requests,
    connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}
