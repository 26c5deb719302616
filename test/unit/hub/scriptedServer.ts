import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../../src/common/clock';
import type { Logger } from '../../../src/common/logger';

/** The server's reply to one request. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Sends the head and the first half of the body, then nothing more. */
  readonly hangs?: boolean;
  /** Closes the socket without an answer. */
  readonly drops?: boolean;
}

export interface Request {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/** A loopback server that answers as the test says and remembers what it was asked. */
export interface ScriptedServer {
  readonly origin: string;
  readonly requests: Request[];
  answer: (request: Request, index: number) => Reply;
  close(): Promise<void>;
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply.drops === true) {
    response.destroy();
    return;
  }
  const { status = 200, headers = {}, body = '' } = reply;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  if (reply.hangs === true) {
    response.write(text.slice(0, Math.ceil(text.length / 2)));
    return;
  }
  response.end(text);
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const requests: Request[] = [];
  const state: { answer: ScriptedServer['answer'] } = { answer: () => ({ status: 404 }) };
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const seen = { path: url.pathname, query: url.searchParams, headers: request.headers };
    requests.push(seen);
    send(response, state.answer(seen, requests.length - 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    get answer() {
      return state.answer;
    },
    set answer(next) {
      state.answer = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Time in which the waits between tries take none, and are remembered; longer timers wait for `fireLong`. */
export interface QuickClock extends Clock {
  readonly waitsMs: number[];
  fireLong(): void;
}

export function createQuickClock(longMs = 30_000): QuickClock {
  const waitsMs: number[] = [];
  const long = new Set<() => void>();
  return {
    waitsMs,
    nowMs: () => 0,
    wallMs: () => Date.UTC(2026, 0, 1),
    after(delayMs, task) {
      if (delayMs >= longMs) {
        long.add(task);
        return { dispose: () => long.delete(task) };
      }
      waitsMs.push(delayMs);
      const soon = setImmediate(task);
      return {
        dispose() {
          clearImmediate(soon);
        },
      };
    },
    fireLong() {
      for (const task of [...long]) task();
    },
  };
}

/** A log that can be read. */
export function createListLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const add =
    (level: string) =>
    (line: string): void => {
      lines.push(`${level} ${line}`);
    };
  return { lines, debug: add('debug'), info: add('info'), warn: add('warn'), error: add('error') };
}
