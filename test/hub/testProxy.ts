import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tlsFixture } from './tlsFixture';

export interface TestProxyOptions {
  /** Required, with 407, when given. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** The proxy itself speaks https. */
  readonly tls?: boolean;
  /** Where made-up hosts really are: `hub.example:80` -> `127.0.0.1:4711`. A host that is in no DNS proves that the request took the proxy. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Answers every request with this status, as a proxy whose upstream is down does (502). */
  readonly refuseStatus?: number;
}

/** A request to the proxy: a CONNECT or one in absolute form. */
export interface ProxyRecord {
  readonly method: string;
  /** `host:port` of a CONNECT, the whole address without query otherwise. */
  readonly target: string;
  readonly status: number;
  readonly hadCredentials: boolean;
}

/** A running HTTP proxy of the loopback. */
export interface TestProxy {
  readonly url: string;
  readonly records: readonly ProxyRecord[];
  close(): Promise<void>;
}

/** Starts a proxy that speaks CONNECT and the absolute form; `close()` it in the end. */
export async function startTestProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const records: ProxyRecord[] = [];
  const sockets = new Set<Socket>();
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    forward(request, response);
  const server =
    options.tls === true
      ? createTlsServer({ key: tlsFixture.key, cert: tlsFixture.certificate }, listener)
      : createServer(listener);

  const expected =
    options.credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${options.credentials.user}:${options.credentials.password}`).toString('base64')}`;

  function refusal(request: IncomingMessage): number | undefined {
    if (expected !== undefined && request.headers['proxy-authorization'] !== expected) return 407;
    return options.refuseStatus;
  }

  function record(request: IncomingMessage, target: string, status: number): void {
    const hadCredentials = request.headers['proxy-authorization'] !== undefined;
    records.push({ method: request.method ?? '', target, status, hadCredentials });
  }

  function realHost(hostAndPort: string): { host: string; port: number } {
    const { hostname, port } = new URL(`http://${options.hosts?.[hostAndPort] ?? hostAndPort}`);
    return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? 80 : port) };
  }

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const isAbsolute = (request.url ?? '').startsWith('http://');
    const url = new URL(isAbsolute ? (request.url ?? '') : 'http://invalid.example/');
    const refused = isAbsolute ? refusal(request) : 400;
    record(request, `${url.origin}${url.pathname}`, refused ?? 0);
    if (refused !== undefined) {
      response.writeHead(refused, challenge(refused)).end();
      return;
    }
    const { host, port } = realHost(`${url.hostname}:${url.port === '' ? '80' : url.port}`);
    const headers = { ...request.headers };
    delete headers['proxy-authorization'];
    delete headers['proxy-connection'];
    const onward = httpRequest(
      { host, port, method: request.method ?? 'GET', path: url.pathname + url.search, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
      },
    );
    onward.on('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => undefined);
    const target = request.url ?? '';
    const refused = refusal(request);
    if (refused !== undefined) {
      record(request, target, refused);
      const lines = Object.entries(challenge(refused)).map(
        ([key, value]) => `${key}: ${value}\r\n`,
      );
      socket.end(`HTTP/1.1 ${refused} Refused\r\n${lines.join('')}Content-Length: 0\r\n\r\n`);
      return;
    }
    const onward = connect(realHost(target));
    sockets.add(onward);
    onward.on('close', () => {
      sockets.delete(onward);
      socket.destroy();
    });
    onward.on('error', () => {
      record(request, target, 502);
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
    });
    onward.on('connect', () => {
      record(request, target, 200);
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) onward.write(head);
      socket.pipe(onward);
      onward.pipe(socket);
    });
    socket.on('close', () => onward.destroy());
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `${options.tls === true ? 'https' : 'http'}://127.0.0.1:${port}`,
    records,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function challenge(status: number): Record<string, string> {
  return status === 407 ? { 'Proxy-Authenticate': 'Basic realm="test proxy"' } : {};
}
