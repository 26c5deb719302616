import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { isObject, parseJson } from '../../src/common/json';

/** esbuild for tests that run under wine, which does not start esbuild's own program for Windows. */
interface BuildServer {
  readonly url: string;
  close(): void;
}

/** Starts it on the loopback, at an address that cannot be guessed. */
export async function startBuildServer(): Promise<BuildServer> {
  const place = `/${randomUUID()}`;
  const server = createServer((request, response) => {
    void answer(request, place).then(({ status, body }) => {
      response.writeHead(status).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${String(port)}${place}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function answer(request: IncomingMessage, place: string): Promise<Answer> {
  const options = parseJson(await text(request));
  if (request.url !== place || !isObject(options)) return { status: 404, body: 'nothing is here' };
  try {
    await build({ ...Object.fromEntries(Object.entries(options).map(withOwnPaths)), write: true });
    return { status: 200, body: '' };
  } catch (error) {
    return { status: 500, body: String(error) };
  }
}

const withOwnPaths = ([key, value]: readonly [string, unknown]): readonly [string, unknown] => [
  key,
  ownPaths(value),
];

/** Paths on wine's drive Z: as this system has them. */
function ownPaths(value: unknown): unknown {
  if (typeof value === 'string') {
    return /^Z:\\/i.test(value) ? value.slice(2).replaceAll('\\', '/') : value;
  }
  if (Array.isArray(value)) return value.map(ownPaths);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(withOwnPaths));
  return value;
}
