import type { MessagePort } from 'node:worker_threads';
import { toDisposable, type Disposable } from '../common/disposable';
import { toPlainError } from './plainError';
import { chunkCredits, type FromPortServer, type ToPortServer } from './portMessages';
import type { Transport, TransportRequest } from './transport';

/** One request of the other thread: its abort, and how many chunks it may be sent. */
class Served {
  readonly #controller = new AbortController();
  #credits = chunkCredits;
  #wake: (() => void) | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  more(): void {
    this.#credits++;
    this.#wake?.();
  }

  abort(): void {
    this.#controller.abort();
    this.#wake?.();
  }

  async mayChunk(): Promise<void> {
    while (this.#credits === 0 && !this.signal.aborted) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.#credits--;
  }
}

/** A chunk that may be handed over: one that fills its buffer is moved, a part of a larger one is copied. */
function movable(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = chunk;
  return buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(chunk);
}

/** Answers the requests that come through `port` with `transport`, until it is disposed of. */
export function serveTransport(port: MessagePort, transport: Transport): Disposable {
  const served = new Map<number, Served>();
  const tell = (message: FromPortServer): void => port.postMessage(message);

  async function serve(
    id: number,
    request: Omit<TransportRequest, 'signal'>,
    one: Served,
  ): Promise<void> {
    try {
      const response = await transport.request({ ...request, signal: one.signal });
      tell({ kind: 'head', id, status: response.status, headers: response.headers });
      for await (const chunk of response.body) {
        await one.mayChunk();
        if (one.signal.aborted) break;
        const bytes = movable(chunk);
        port.postMessage({ kind: 'chunk', id, bytes } satisfies FromPortServer, [bytes.buffer]);
      }
      tell({ kind: 'end', id });
    } catch (error) {
      tell({ kind: 'failed', id, error: toPlainError(error) });
    } finally {
      served.delete(id);
    }
  }

  port.on('message', (message: ToPortServer) => {
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
