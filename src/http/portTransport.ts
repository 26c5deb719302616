import type { MessagePort } from 'node:worker_threads';
import { AsrError, Cancelled } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import { hostOf } from './failure';
import { fromPlainError } from './plainError';
import type { FromPortServer, ToPortServer } from './portMessages';
import { requestAbort, type RequestAbort } from './requestAbort';
import type { Transport, TransportBody, TransportResponse } from './transport';

type Head = Extract<FromPortServer, { kind: 'head' }>;

/** The answers of one request, as they come through the port. */
class Incoming {
  readonly #messages: FromPortServer[] = [];
  #wake: (() => void) | undefined;
  #failure: Error | undefined;

  push(message: FromPortServer): void {
    this.#messages.push(message);
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  async next(): Promise<FromPortServer> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => (this.#wake = resolve));
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
  const tell = (message: ToPortServer): void => port.postMessage(message);
  port.on('message', (message: FromPortServer) => {
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
          tell({ kind: 'more', id });
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
      const id = ++lastId;
      const incoming = new Incoming();
      open.set(id, incoming);
      abort.signal.addEventListener('abort', () => {
        open.delete(id);
        tell({ kind: 'abort', id });
        incoming.fail(abort.reason() ?? new Cancelled());
      });
      tell({ kind: 'request', id, request });
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
