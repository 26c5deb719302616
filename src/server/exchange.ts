import type { IncomingMessage, ServerResponse } from 'node:http';
import { abortable } from '../common/abortable';
import { Cancelled } from '../common/asrError';
import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import { isObject, type JsonObject, parseJson } from '../common/json';
import { HttpError } from './httpError';
import type { ServerLimits } from './serverOptions';

/** Of a refused body, so much is still read, so that a client that writes first reads the refusal. */
const drainBytes = 1_000_000;
const drainMs = 2_000;

/** One request and its answer, with the server's bounds on both. */
export class Exchange {
  readonly #clock: Clock;
  readonly #limits: ServerLimits;
  readonly #gone = new AbortController();
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** As it was sent: nothing is resolved or decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Aborted when the client goes before its answer is whole, or the server stops. */
  readonly signal: AbortSignal = this.#gone.signal;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    clock: Clock,
    limits: ServerLimits,
  ) {
    this.request = request;
    this.response = response;
    this.#clock = clock;
    this.#limits = limits;
    this.method = request.method ?? '';
    const { path, query } = splitTarget(request.url ?? '');
    this.path = path;
    this.query = query;
    response.on('close', () => {
      if (!response.writableFinished) this.abort();
    });
  }

  /** Ends the work for this request. */
  abort(): void {
    this.#gone.abort();
  }

  /** Answers with JSON. */
  json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
    this.text(JSON.stringify(value), 'application/json; charset=utf-8', status, headers);
  }

  /** Answers with text of a type. */
  text(
    body: string,
    type: string,
    status = 200,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const { response } = this;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const bytes = Buffer.from(body);
    // The unread rest of the body could be endless; the connection ends with this answer.
    const isUnread = !this.request.complete;
    response.writeHead(status, {
      ...headers,
      ...(isUnread ? { Connection: 'close' } : {}),
      'Content-Type': type,
      'Content-Length': bytes.length,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(bytes);
    if (isUnread) this.#drain();
  }

  /** Answers with nothing but a status. */
  empty(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.response.writeHead(status, { ...headers, 'Content-Length': 0 });
    this.response.end();
  }

  /** The chunks of the body. Rejects when it is longer, slower or shorter than it may be. */
  async *body(maxBytes: number): AsyncGenerator<Buffer> {
    const { request } = this;
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > maxBytes) throw tooLarge(maxBytes);
    let timer: Disposable | undefined;
    const wait = (): void => {
      timer?.dispose();
      timer = this.#clock.after(this.#limits.bodyIdleMs, () => waiting.abort());
    };
    const waiting = new AbortController();
    const stopped = AbortSignal.any([waiting.signal, this.signal]);
    const iterator = request.iterator({ destroyOnReturn: false });
    let count = 0;
    try {
      for (;;) {
        wait();
        const next = await abortable(iterator.next(), stopped);
        if (next.done === true) break;
        const chunk: unknown = next.value;
        if (!Buffer.isBuffer(chunk)) continue;
        count += chunk.length;
        if (count > maxBytes) throw tooLarge(maxBytes);
        yield chunk;
      }
    } catch (error) {
      if (waiting.signal.aborted) throw new HttpError(408, 'stalled', 'The body came too slowly.');
      if (this.signal.aborted) throw new Cancelled();
      throw error;
    } finally {
      timer?.dispose();
    }
    if (!request.complete) throw new Cancelled();
  }

  /** The body as a JSON object; empty when there is none. */
  async jsonBody(): Promise<JsonObject> {
    const text = await this.jsonText();
    if (text === '') return {};
    const value = parseJson(text);
    if (isObject(value)) return value;
    throw new HttpError(400, 'unsupported', 'The body is not a JSON object.');
  }

  /** The body of a JSON request as text. */
  async jsonText(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.body(this.#limits.jsonBytes)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8').trim();
  }

  /** Reads on for a moment, so that the client finds the answer; then the connection is closed. */
  #drain(): void {
    const { request } = this;
    const { socket } = request;
    let left = drainBytes;
    const timer = this.#clock.after(drainMs, () => socket.destroy());
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) socket.destroy();
    });
    socket.on('close', () => timer.dispose());
    request.resume();
  }
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'unsupported', `The body is larger than ${String(maxBytes)} bytes.`);
}

/** The path and the query of a request's target, which is not resolved: `..` is a name like any other. */
export function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path, query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)) };
}
