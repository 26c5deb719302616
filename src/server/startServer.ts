import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { causeText, isCancellation } from '../common/asrError';
import { pause } from '../common/clock';
import { announce } from './discoveryFile';
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
import { listen } from './listeners';
import { mcpRoutes } from './mcp';
import { modelRoutes } from './modelRoutes';
import { openAiRoutes } from './openAiRoutes';
import { Router } from './router';
import { defaultLimits, type RunningServer, type ServerOptions } from './serverOptions';
import { agentTools } from './agentTools';
import { managerTranscriber } from './transcriber';
import { TranscriptionQueue } from './transcriptionQueue';
import { Uploads } from './uploads';

const tokenBytes = 32;
/** How long the end waits for work that was told to stop. */
const endPatienceMs = 2_000;

/** Starts a server. Rejects with a sentence when its port is in use; nothing is left of it then. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { models, localise, logger, clock, version } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const token = options.token ?? randomBytes(tokenBytes).toString('base64url');
  const rules = (): GuardRules => ({ token, allowedOrigins: options.allowedOrigins?.() ?? [] });
  const feed = new EventFeed(models, clock, limits);
  const sockets = new EventSockets(feed);
  const queue = new TranscriptionQueue(limits.transcriptions);
  const uploads = new Uploads(options.uploadsFolder, logger);
  const { activeModelId = () => '' } = options;
  const transcriber = options.transcriber ?? managerTranscriber(models, activeModelId);
  const tools = agentTools({ models, transcriber, queue, localise });
  const router = new Router(
    modelRoutes({ models, localise, version }),
    { [`GET ${pushPath}`]: (exchange) => sockets.stream(exchange) },
    openAiRoutes({ models, transcriber, queue, uploads, limits, localise, clock }),
    mcpRoutes({ tools, version, localise }),
  );
  const running = new Set<Exchange>();
  const work = new Set<Promise<void>>();
  let isEnding = false;

  const answer = async (exchange: Exchange, guarded: GuardedRequest): Promise<void> => {
    try {
      if (isEnding) throw tryLater(503, 'The server is stopping.');
      if (guarded.method === 'OPTIONS') {
        const refused = preflightRefusal(guarded, rules());
        if (refused !== undefined) throw refused;
        exchange.empty(204, preflightHeaders);
        return;
      }
      const refused = refusalOf(guarded, rules());
      if (refused !== undefined) throw refused;
      if (guarded.path !== openPath) listeners.trust(exchange.request.socket);
      await router.answer(exchange);
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
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = new Exchange(request, response, clock, limits);
    const { method, path, query } = exchange;
    const { origin } = request.headers;
    if (origin !== undefined && isAllowedOrigin(origin, rules().allowedOrigins)) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', 'Mcp-Session-Id, Retry-After');
    }
    response.setHeader('Vary', 'Origin');
    running.add(exchange);
    response.on('close', () => running.delete(exchange));
    const done = answer(exchange, { method, path, query, headers: request.headers });
    work.add(done);
    void done.finally(() => work.delete(done));
  };

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { path, query } = splitTarget(request.url ?? '');
    const guarded = { method: request.method ?? '', path, query, headers: request.headers };
    try {
      if (isEnding) throw tryLater(503, 'The server is stopping.');
      const refused = refusalOf(guarded, rules());
      if (refused !== undefined) throw refused;
      if (path !== pushPath) throw new HttpError(404, 'notFound', 'No such route.');
      listeners.trust(socket);
      sockets.upgrade(request, socket, head);
    } catch (error) {
      refuseUpgrade(socket, errorAnswer(error, localise));
    }
  };

  const { port: wantedPort = 0, preferredPort = 0 } = options;
  const handlers = { request: onRequest, upgrade: onUpgrade };
  await uploads.sweep();
  const listeners = await listen(wantedPort, preferredPort, handlers, limits, logger);
  const { port } = listeners;
  const url = `http://127.0.0.1:${String(port)}`;
  const address = { url, port, token, pid: process.pid, version };
  const announced = await announce(options.discoveryFiles ?? [], address, logger);
  logger.info(`server: listens on ${url}`);

  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    isEnding = true;
    await announced.withdraw();
    feed.dispose();
    sockets.dispose();
    for (const exchange of running) exchange.abort();
    await listeners.close();
    await Promise.race([Promise.allSettled([...work]), pause(clock, endPatienceMs)]);
    await uploads.dispose();
    logger.info('server: stopped');
  };
  return { url, port, token, dispose: () => (ended ??= end()) };
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
