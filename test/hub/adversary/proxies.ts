import net, { type AddressInfo } from 'node:net';

/** A proxy's answer to the CONNECT number `nth` (1 is the first); `open` begins the tunnel. */
type ProxyAnswer = (nth: number, open: () => void, socket: net.Socket) => void;

/** One way for a proxy to answer a CONNECT. */
export interface ProxyCase {
  readonly what: string;
  readonly answer: ProxyAnswer;
  readonly ends: 'whole' | { readonly code: string; readonly says: RegExp };
  /** How often it may be asked, for ends that waiting does not mend. */
  readonly asked?: number;
}

const opens =
  (head: string): ProxyAnswer =>
  (_, open, socket) => {
    socket.write(head);
    open();
  };

/** Says something else to the first CONNECT. */
const once =
  (act: (socket: net.Socket) => void): ProxyAnswer =>
  (nth, open, socket) => {
    if (nth === 1) act(socket);
    else opens('HTTP/1.1 200 OK\r\n\r\n')(nth, open, socket);
  };

const says =
  (head: string) =>
  (socket: net.Socket): void =>
    void socket.end(`${head}\r\nContent-Length: 0\r\n\r\n`);

const always =
  (act: (socket: net.Socket) => void): ProxyAnswer =>
  (_, __, socket) =>
    act(socket);

const refused = (status: number): ProxyCase['ends'] => ({
  code: 'proxy',
  says: new RegExp(
    `^The proxy 127\\.0\\.0\\.1:\\d+ refused the connection \\(${String(status)}\\)\\.`,
  ),
});
const unreachable = {
  code: 'proxy',
  says: /^The proxy 127\.0\.0\.1:\d+ can’t be reached\. Check the proxy settings\.$/,
};

/** Every way for a proxy to answer a CONNECT that the sockets are tried with. */
export const proxyCases: readonly ProxyCase[] = [
  ...Object.entries({
    '200': 'HTTP/1.1 200 Connection established\r\n\r\n',
    '201': 'HTTP/1.1 201 Created\r\n\r\n',
    '204': 'HTTP/1.1 204 No Content\r\n\r\n',
    '200 over HTTP/1.0': 'HTTP/1.0 200 OK\r\nProxy-Agent: old\r\n\r\n',
    '200 without a reason': 'HTTP/1.1 200\r\n\r\n',
    '200 with a length, which counts for nothing': 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n',
    'lines that end in a line feed alone': 'HTTP/1.1 200 OK\nProxy-Agent: small\n\n',
    'an interim answer first': 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    'a head of 30 kB': `HTTP/1.1 200 OK\r\nX-Large: ${'x'.repeat(30_000)}\r\n\r\n`,
  }).map(([what, head]) => ({ what, answer: opens(head), ends: 'whole' as const })),
  {
    what: '200 that comes byte by byte',
    answer(_, open, socket) {
      const bytes = [...Buffer.from('HTTP/1.1 200 OK\r\n\r\n')];
      const next = (): void => {
        const byte = bytes.shift();
        if (byte === undefined) open();
        else socket.write(Uint8Array.of(byte), () => setImmediate(next));
      };
      next();
    },
    ends: 'whole',
  },
  ...[408, 425, 429, 500, 502, 503, 504].flatMap((status) => [
    {
      what: `${String(status)} once`,
      answer: once(says(`HTTP/1.1 ${String(status)} X`)),
      ends: 'whole' as const,
    },
    {
      what: `${String(status)} always`,
      answer: always(says(`HTTP/1.1 ${String(status)} X`)),
      ends: refused(status),
      asked: 3,
    },
  ]),
  {
    what: '503 once, with a wait that it asks for',
    answer: once(says('HTTP/1.1 503 Busy\r\nRetry-After: 0')),
    ends: 'whole',
  },
  { what: 'an end once', answer: once((socket) => void socket.end()), ends: 'whole' },
  { what: 'a reset once', answer: once((socket) => socket.resetAndDestroy()), ends: 'whole' },
  {
    what: 'half a head once',
    answer: once((socket) => void socket.end('HTTP/1.1 200 OK\r\nVia')),
    ends: 'whole',
  },
  {
    what: 'a tunnel that is cut once before the handshake',
    answer: once((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n')),
    ends: 'whole',
  },
  { what: 'an end always', answer: always((socket) => void socket.end()), ends: unreachable },
  {
    what: 'nonsense',
    answer: always((socket) => void socket.end('SOCKS? no\r\n\r\n')),
    ends: unreachable,
  },
  ...[301, 400, 403, 404, 405].map((status) => ({
    what: String(status),
    answer: always(says(`HTTP/1.1 ${String(status)} X`)),
    ends: refused(status),
    asked: 1,
  })),
  {
    what: '407',
    answer: always(says('HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm="x"')),
    ends: {
      code: 'proxy',
      says: /^The proxy 127\.0\.0\.1:\d+ asks for a user name and password \(407\)/,
    },
    asked: 1,
  },
];

/** A proxy of the loopback with a given answer to every CONNECT; its tunnels all lead to one place. */
export async function startRawProxy(
  answer: ProxyAnswer,
  port: number,
  host = '127.0.0.1',
): Promise<{ readonly url: string; readonly asked: () => number; close(): Promise<void> }> {
  let asked = 0;
  const sockets = new Set<net.Socket>();
  const track = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const server = net.createServer((socket) => {
    track(socket);
    socket.once('data', () => {
      asked++;
      answer(
        asked,
        () => {
          const onward = net.connect(port, host);
          track(onward);
          onward.on('close', () => socket.destroy());
          socket.on('close', () => onward.destroy());
          socket.pipe(onward);
          onward.pipe(socket);
        },
        socket,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(own)}`,
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
