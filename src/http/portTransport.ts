import type { MessagePort } from 'node:worker_threads';
import { AsrError, Cancelled } from '../common/asrError';
import { toDisposable, type Disposable } from '../common/disposable';
import { localized } from '../common/localizedMessage';
import { Signal } from '../common/signal';
import { hostOf } from './origin';
import { fromPlainError, toPlainError, type PlainError } from './plainError';
import { requestAbort, type RequestAbort } from './requestAbort';
import type { Transport, TransportBody, TransportRequest, TransportResponse } from './transport';

/** How many chunks may be on their way to the thread that reads them. */
const chunkCredits = 8;

/** From the thread that needs a response to the thread that can make the request. Both are of one build. */
type ToServer =
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly request: Omit<TransportRequest, 'signal'>;
    }
  /** One chunk has been read: one more may be sent. */
  | { readonly kind: 'more' | 'abort'; readonly id: number };

/** From the thread that makes the request. */
type FromServer =
  | {
      readonly kind: 'head';
      readonly id: number;
      readonly status: number;
      readonly headers: Readonly<Record<string, string | undefined>>;
    }
  | { readonly kind: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PlainError };

/** One request of the other thread: its abort, and how many chunks may be sent before it asks for more. */
class Served {
  readonly #controller = new AbortController();
  #credits = chunkCredits;
  readonly #changed = new Signal();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  more(): void {
    this.#credits++;
    this.#changed.notify();
  }

  abort(): void {
    this.#controller.abort();
    this.#changed.notify();
  }

  async mayChunk(): Promise<void> {
    while (this.#credits === 0 && !this.signal.aborted) {
      await this.#changed.wait();
    }
    this.#credits--;
  }
}

/** A chunk that may be transferred to the other thread: one that fills its buffer is moved, a part is copied. */
function movable(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = chunk;
  return buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(chunk);
}

/** Answers the requests that come through `port` with `transport`, until it is disposed of. */
export function serveTransport(port: MessagePort, transport: Transport): Disposable {
  const served = new Map<number, Served>();
  const send = (message: FromServer): void => port.postMessage(message);

  async function serve(
    id: number,
    request: Omit<TransportRequest, 'signal'>,
    one: Served,
  ): Promise<void> {
    try {
      const response = await transport.request({ ...request, signal: one.signal });
      send({ kind: 'head', id, status: response.status, headers: response.headers });
      for await (const chunk of response.body) {
        await one.mayChunk();
        if (one.signal.aborted) break;
        const bytes = movable(chunk);
        port.postMessage({ kind: 'chunk', id, bytes } satisfies FromServer, [bytes.buffer]);
      }
      send({ kind: 'end', id });
    } catch (error) {
      send({ kind: 'failed', id, error: toPlainError(error) });
    } finally {
      served.delete(id);
    }
  }

  port.on('message', (message: ToServer) => {
    switch (message.kind) {
      case 'request': {
        const one = new Served();
        served.set(message.id, one);
        void serve(message.id, message.request, one);
        break;
      }
      case 'more':
        served.get(message.id)?.more();
        break;
      case 'abort':
        served.get(message.id)?.abort();
        break;
    }
  });
  return toDisposable(() => {
    for (const one of served.values()) one.abort();
    port.close();
  });
}

type Head = Extract<FromServer, { kind: 'head' }>;

/** The messages about one request, as they come through the port. */
class Incoming {
  readonly #messages: FromServer[] = [];
  readonly #changed = new Signal();
  #failure: Error | undefined;

  push(message: FromServer): void {
    this.#messages.push(message);
    this.#changed.notify();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#changed.notify();
  }

  async next(): Promise<FromServer> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      await this.#changed.wait();
    }
  }
}

/**
 * A {@link Transport} whose requests are made on the other side of `port` (see `serveTransport`): how the worker uses
 * the editor's own fetch, which lives on the main thread.
 */
export function createPortTransport(port: MessagePort): Transport {
  const open = new Map<number, Incoming>();
  let lastId = 0;
  const send = (message: ToServer): void => port.postMessage(message);
  port.on('message', (message: FromServer) => {
    open.get(message.id)?.push(message);
  });
  port.on('close', () => {
    const closed = new AsrError('network', localized('The connection was broken off.'));
    for (const incoming of open.values()) incoming.fail(closed);
  });

  async function headOf(incoming: Incoming): Promise<Head> {
    const message = await incoming.next();
    if (message.kind === 'head') return message;
    if (message.kind === 'failed') throw fromPlainError(message.error);
    throw new Cancelled();
  }

  async function* bodyOf(id: number, incoming: Incoming, abort: RequestAbort): TransportBody {
    try {
      for (;;) {
        const message = await incoming.next();
        if (message.kind === 'failed') throw fromPlainError(message.error);
        if (message.kind === 'end') return;
        if (message.kind === 'chunk') {
          send({ kind: 'more', id });
          yield message.bytes;
        }
      }
    } finally {
      abort.discard();
    }
  }

  return {
    async request({ signal, ...request }): Promise<TransportResponse> {
      const abort = requestAbort(signal, hostOf(request.url), request.headTimeoutMs);
      abort.expectHead('asked');
      const id = ++lastId;
      const incoming = new Incoming();
      open.set(id, incoming);
      abort.signal.addEventListener('abort', () => {
        open.delete(id);
        send({ kind: 'abort', id });
        incoming.fail(abort.reason() ?? new Cancelled());
      });
      send({ kind: 'request', id, request });
      try {
        const { status, headers } = await headOf(incoming);
        abort.headArrived();
        return {
          status,
          headers,
          body: bodyOf(id, incoming, abort),
          discard: () => void abort.discard(),
        };
      } catch (error) {
        open.delete(id);
        abort.release();
        throw error;
      }
    },
    close() {
      port.close();
      return Promise.resolve();
    },
  };
}
