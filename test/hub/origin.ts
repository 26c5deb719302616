import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setMaxListeners } from 'node:events';
import type { Answer } from './answer';
import type { Faults } from './faults';
import { textAnswer } from './hubAnswers';
import { Pacer, type Pace } from './pace';
import type { RequestLog, RequestRecord } from './requestLog';
import { sendAnswer } from './sendAnswer';
import { tlsFixture } from './tlsFixture';

export interface OriginOptions {
  readonly name: 'hub' | 'cdn';
  readonly tls: boolean;
  /** 0: any free port. */
  readonly port: number;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly pace: Pace;
  readonly total: Pacer;
  /** Numbers requests and connections, over both origins. */
  readonly count: { requests: number; connections: number };
  readonly answer: (record: RequestRecord, body: string) => Promise<Answer>;
  readonly fileOf: (pathname: string) => RequestRecord['file'];
}

/** One of the hub's two HTTP servers. */
export class Origin {
  readonly #options: OriginOptions;
  readonly #server: Server;
  readonly #connections = new WeakMap<Socket, { readonly id: number; readonly pacer: Pacer }>();
  /** One for each answer that is being sent: called when the server itself ends it. */
  readonly #cuts = new Set<() => void>();
  #port = 0;

  constructor(options: OriginOptions) {
    this.#options = options;
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      // An answer that can't be sent (an invalid header) ends the connection, not the process.
      this.#handle(request, response).catch(() => response.destroy());
    };
    this.#server = options.tls
      ? createHttpsServer({ key: tlsFixture.key, cert: tlsFixture.certificate }, listener)
      : createHttpServer(listener);
    this.#server.requestTimeout = 0;
    // CDNs keep idle connections as long; Node's 5 s would reset clients that reuse one a little later.
    this.#server.keepAliveTimeout = 65_000;
    this.#server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      options.count.connections += 1;
      this.#connections.set(socket, { id: options.count.connections, pacer: new Pacer() });
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    });
  }

  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  /** Starts listening; after {@link close}, on the same port as before. */
  async listen(): Promise<void> {
    const port = this.#port === 0 ? this.#options.port : this.#port;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  /** Drops every connection and refuses new ones. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.dropConnections();
    await closed;
  }

  dropConnections(): void {
    for (const cut of this.#cuts) cut();
    this.#server.closeAllConnections();
  }

  /** Connections that are open now. */
  async openConnections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log, faults, pace, total } = this.#options;
    const gone = new AbortController();
    setMaxListeners(0, gone.signal);
    const record = this.#record(request);
    let wasCut = false;
    const onCut = (): void => {
      wasCut = true;
    };
    this.#cuts.add(onCut);
    response.on('error', () => undefined);
    response.on('close', () => {
      this.#cuts.delete(onCut);
      record.ended = true;
      record.aborted = !response.writableFinished && !wasCut;
      gone.abort();
      log.touch(record);
    });
    log.add(record);
    const body = await bodyText(request);
    const answer = faults.apply(await this.#answer(record, body), record);
    log.touch(record);
    const connection = this.#connections.get(request.socket)?.pacer ?? new Pacer();
    await sendAnswer(
      response,
      answer,
      {
        pace,
        total,
        connection,
        onStatus: (status) => {
          record.status = status;
          log.touch(record);
        },
        onSent: (bytes) => {
          record.bytesSent += bytes;
          log.touch(record);
        },
        onCut,
      },
      gone.signal,
    );
  }

  /** A bug in the hub, or an address that can't be parsed, becomes a 500 with the error's message. */
  async #answer(record: RequestRecord, body: string): Promise<Answer> {
    try {
      return await this.#options.answer(record, body);
    } catch (error) {
      return textAnswer(500, `The test hub failed: ${String(error)}`);
    }
  }

  #record(request: IncomingMessage): RequestRecord {
    const { count, name, fileOf } = this.#options;
    count.requests += 1;
    const url = request.url ?? '/';
    const { pathname } = requestUrl(url, this.url);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([key, value]) => [key, [value].flat().join(', ')]),
    );
    return {
      id: count.requests,
      origin: name,
      method: request.method ?? 'GET',
      url,
      path: decodedPath(pathname),
      headers,
      range: headers['range'],
      token: /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1],
      connection: this.#connections.get(request.socket)?.id ?? 0,
      startedMs: performance.now(),
      file: fileOf(pathname),
      status: undefined,
      faults: [],
      bytesSent: 0,
      ended: false,
      aborted: false,
    };
  }
}

/** Joins the strings: `new URL` would take a path that starts with `//` for a host. */
export function requestUrl(url: string, base: string): URL {
  return URL.canParse(url)
    ? new URL(url)
    : new URL(`${base}${url.startsWith('/') ? '' : '/'}${url}`);
}

function decodedPath(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

async function bodyText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) if (Buffer.isBuffer(part)) parts.push(part);
  } catch {
    return '';
  }
  return Buffer.concat(parts).toString('utf8');
}
