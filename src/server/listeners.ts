import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AsrError } from '../common/asrError';
import { errnoOf } from '../common/fileErrors';
import { localized } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import type { ServerLimits } from './serverOptions';

/** How often a free port is looked for that is free on both loopback addresses. */
const portAttempts = 8;
/** How often Node looks for requests that take too long. */
const checkMs = 1_000;
const keepAliveMs = 5_000;

/** The two servers of one port: 127.0.0.1, and ::1 where the system has it. */
export interface Listeners {
  readonly port: number;
  /** A connection that has shown the token is not closed to make room. */
  trust(socket: object): void;
  close(): Promise<void>;
}

/** The handlers of requests; both servers get the same. */
interface Handlers {
  request: Parameters<typeof createServer>[1] & {};
  upgrade: (...event: Parameters<UpgradeListener>) => void;
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Listens on the loopback addresses alone. `port` 0: `preferred` when it is free, else any free one. Rejects with
 * `unsupported` when a port that was asked for is in use.
 */
export async function listen(
  port: number,
  preferred: number,
  handlers: Handlers,
  limits: ServerLimits,
  logger: Logger,
): Promise<Listeners> {
  if (port !== 0) return await listenOn(port, handlers, limits, logger);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await listenOn(attempt === 0 ? preferred : 0, handlers, limits, logger);
    } catch (error) {
      if (attempt >= portAttempts) throw error;
    }
  }
}

async function listenOn(
  port: number,
  handlers: Handlers,
  limits: ServerLimits,
  logger: Logger,
): Promise<Listeners> {
  const connections = new Connections(limits.connections);
  const servers: Server[] = [];
  const open = async (host: string, at: number): Promise<number> => {
    const server = makeServer(handlers, limits, connections);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port: at, exclusive: true }, () => resolve());
    });
    server.on('error', (error) => logger.warn(`server: ${error.message}`));
    servers.push(server);
    return addressOf(server).port;
  };
  const close = async (): Promise<void> => {
    connections.destroyAll();
    await Promise.all(
      servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  };
  try {
    const found = await open('127.0.0.1', port);
    // Another program on ::1 of this port would get the token of a client that says "localhost".
    await open('::1', found).catch((error: unknown) => {
      if (!isWithoutIpv6(error)) throw error;
      logger.info('server: this system has no ::1; only 127.0.0.1 is listened on');
    });
    return { port: found, trust: (socket) => connections.trust(socket), close };
  } catch (error) {
    await close();
    throw portError(error, port);
  }
}

function makeServer(handlers: Handlers, limits: ServerLimits, connections: Connections): Server {
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(checkMs, limits.headersMs),
    maxHeaderSize: 16_384,
    requireHostHeader: false,
  });
  server.maxHeadersCount = 100;
  server.on('connection', (socket) => connections.add(socket));
  server.on('request', handlers.request);
  server.on('upgrade', handlers.upgrade);
  return server;
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}

function isWithoutIpv6(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'EADDRNOTAVAIL' || errno === 'EAFNOSUPPORT' || errno === 'EINVAL';
}

function portError(error: unknown, port: number): unknown {
  const errno = errnoOf(error);
  if (errno !== 'EADDRINUSE' && errno !== 'EACCES') return error;
  return new AsrError(
    'unsupported',
    localized(
      'The server can’t listen on port {0}, which another program has. Choose another in the setting asr.server.port, or 0 for any free one.',
      String(port),
    ),
    { cause: error },
  );
}

/** The open connections, so that strangers can't keep a client with the token out. */
class Connections {
  readonly #most: number;
  /** In the order in which they came. */
  readonly #open = new Set<Socket>();
  readonly #trusted = new WeakSet<object>();

  constructor(most: number) {
    this.#most = most;
  }

  add(socket: Socket): void {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
    socket.on('error', () => socket.destroy());
    if (this.#open.size <= this.#most) return;
    const oldest = [...this.#open].find((each) => !this.#trusted.has(each));
    (oldest ?? socket).destroy();
  }

  trust(socket: object): void {
    this.#trusted.add(socket);
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
