import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { causeText, isCancellation } from '../common/asrError';
import { pause } from '../common/clock';
import { announce, type Announcement } from './discoveryFile';
import { EventFeed } from './eventFeed';
import { EventSockets } from './eventSockets';
import { Exchange, splitTarget } from './exchange';
import {
  type GuardedRequest,
  type GuardRules,
  isAllowedOrigin,
  openPath,
  preflightRefusal,
  pushPath,
  refusalOf,
} from './guards';
import { errorAnswer, HttpError, tryLater } from './httpError';
import { listen, type Listeners } from './listeners';
import { mcpRoutes } from './mcp';
import { modelRoutes } from './modelRoutes';
import { openAiRoutes } from './openAiRoutes';
import { Router } from './router';
import {
  defaultLimits,
  type RunningServer,
  type ServerLimits,
  type ServerOptions,
} from './serverOptions';
import { agentTools } from './agentTools';
import { managerTranscriber } from './transcriber';
import { TranscriptionQueue } from './transcriptionQueue';
import { Uploads } from './uploads';

const tokenBytes = 32;
/** How long the end waits for work that was asked to stop. */
const endPatienceMs = 2_000;

/** Starts a server. Rejects with a message when its port is in use; nothing is left of it then. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = new ModelServer(options);
  return await server.start();
}

class ModelServer {
  readonly #options: ServerOptions;
  readonly #limits: ServerLimits;
  readonly #token: string;
  readonly #feed: EventFeed;
  readonly #sockets: EventSockets;
  readonly #uploads: Uploads;
  readonly #router: Router;
  readonly #running = new Set<Exchange>();
  readonly #work = new Set<Promise<void>>();
  #listeners: Listeners | undefined;
  #isEnding = false;
  #ended: Promise<void> | undefined;

  constructor(options: ServerOptions) {
    const { models, localise, clock, version } = options;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#token = options.token ?? randomBytes(tokenBytes).toString('base64url');
    this.#feed = new EventFeed(models, clock, this.#limits);
    this.#sockets = new EventSockets(this.#feed);
    this.#uploads = new Uploads(options.uploadsFolder, options.logger);
    const queue = new TranscriptionQueue(this.#limits.transcriptions);
    const { activeModelId = () => '' } = options;
    const transcriber = options.transcriber ?? managerTranscriber(models, activeModelId);
    this.#router = new Router(
      modelRoutes({ models, localise, version }),
      { [`GET ${pushPath}`]: (exchange) => this.#sockets.stream(exchange) },
      openAiRoutes({
        models,
        transcriber,
        queue,
        uploads: this.#uploads,
        limits: this.#limits,
        localise,
        clock,
      }),
      mcpRoutes({
        tools: agentTools({ models, transcriber, queue, localise }),
        version,
        localise,
      }),
    );
  }

  async start(): Promise<RunningServer> {
    const { port: wantedPort = 0, preferredPort = 0, logger, version } = this.#options;
    const handlers = {
      request: (request: IncomingMessage, response: ServerResponse) =>
        this.#onRequest(request, response),
      upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) =>
        this.#onUpgrade(request, socket, head),
    };
    await this.#uploads.sweep();
    const listeners = await listen(wantedPort, preferredPort, handlers, this.#limits, logger);
    this.#listeners = listeners;
    const { port } = listeners;
    const url = `http://127.0.0.1:${String(port)}`;
    const address = { url, port, token: this.#token, pid: process.pid, version };
    const announced = await announce(this.#options.discoveryFiles ?? [], address, logger);
    logger.info(`server: listens on ${url}`);
    return {
      url,
      port,
      token: this.#token,
      dispose: () => (this.#ended ??= this.#end(listeners, announced)),
    };
  }

  get #rules(): GuardRules {
    return { token: this.#token, allowedOrigins: this.#options.allowedOrigins?.() ?? [] };
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const exchange = new Exchange(request, response, this.#options.clock, this.#limits);
    const { method, path, query } = exchange;
    const { origin } = request.headers;
    if (origin !== undefined && isAllowedOrigin(origin, this.#rules.allowedOrigins)) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', 'Mcp-Session-Id, Retry-After');
    }
    response.setHeader('Vary', 'Origin');
    this.#running.add(exchange);
    response.on('close', () => this.#running.delete(exchange));
    const done = this.#answer(exchange, { method, path, query, headers: request.headers });
    this.#work.add(done);
    void done.finally(() => this.#work.delete(done));
  }

  async #answer(exchange: Exchange, guarded: GuardedRequest): Promise<void> {
    const { logger, localise } = this.#options;
    try {
      if (this.#isEnding) throw tryLater(503, 'The server is stopping.');
      if (guarded.method === 'OPTIONS') {
        const refused = preflightRefusal(guarded, this.#rules);
        if (refused !== undefined) throw refused;
        exchange.empty(204, preflightHeaders);
        return;
      }
      const refused = refusalOf(guarded, this.#rules);
      if (refused !== undefined) throw refused;
      if (guarded.path !== openPath) this.#listeners?.trust(exchange.request.socket);
      await this.#router.answer(exchange);
    } catch (error) {
      if (exchange.signal.aborted && isCancellation(error)) {
        exchange.response.destroy();
        return;
      }
      const { status, headers, body } = errorAnswer(error, localise);
      if (!(error instanceof HttpError)) {
        logger.warn(`server: ${guarded.method} ${guarded.path}: ${causeText(error)}`);
      }
      exchange.json(body, status, headers);
    }
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { path, query } = splitTarget(request.url ?? '');
    const guarded = { method: request.method ?? '', path, query, headers: request.headers };
    try {
      if (this.#isEnding) throw tryLater(503, 'The server is stopping.');
      const refused = refusalOf(guarded, this.#rules);
      if (refused !== undefined) throw refused;
      if (path !== pushPath) throw new HttpError(404, 'notFound', 'No such route.');
      this.#listeners?.trust(socket);
      this.#sockets.upgrade(request, socket, head);
    } catch (error) {
      refuseUpgrade(socket, errorAnswer(error, this.#options.localise));
    }
  }

  async #end(listeners: Listeners, announced: Announcement): Promise<void> {
    const { clock, logger } = this.#options;
    this.#isEnding = true;
    await announced.withdraw();
    this.#feed.dispose();
    this.#sockets.dispose();
    for (const exchange of this.#running) exchange.abort();
    await listeners.close();
    await Promise.race([Promise.allSettled([...this.#work]), pause(clock, endPatienceMs)]);
    await this.#uploads.dispose();
    logger.info('server: stopped');
  }
}

const preflightHeaders = {
  'Access-Control-Allow-Methods': 'GET, POST, DELETE',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Accept, Mcp-Session-Id, Mcp-Protocol-Version, Last-Event-ID',
  'Access-Control-Allow-Private-Network': 'true',
  'Access-Control-Max-Age': '600',
};

function refuseUpgrade(socket: Duplex, answer: ReturnType<typeof errorAnswer>): void {
  const body = JSON.stringify(answer.body);
  const headers = {
    ...answer.headers,
    Connection: 'close',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = `HTTP/1.1 ${String(answer.status)} ${STATUS_CODES[answer.status] ?? ''}\r\n`;
  socket.on('error', () => socket.destroy());
  socket.end(`${status}${lines.join('')}\r\n${body}`, () => socket.destroy());
}
