import { type MessagePort, Worker } from 'node:worker_threads';
import { deferred, type Deferred } from '../../common/deferred';
import type { Digest } from '../../common/digest';
import { type Hasher, HashQueue, type HashSession } from '../files/hashQueue';
import { threadLimits, type WorkerRole } from '../engine/workerMessages';

interface OpenMessage {
  readonly kind: 'open';
  readonly id: number;
  readonly filePath: string;
  readonly algorithm: Digest['algorithm'];
  readonly sizeBytes: number;
}

/** To the hash thread. */
type ToHashThread =
  | OpenMessage
  | { readonly kind: 'advance'; readonly id: number; readonly end: number }
  | { readonly kind: 'dispose'; readonly id: number };

/** From the hash thread: one answer per session. */
type FromHashThread =
  | { readonly kind: 'done'; readonly id: number; readonly hex: string }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

/** Starts the hash thread; `workerPath` is the bundle that the transfer worker runs from too. */
export function startHashThread(workerPath: string): Worker {
  const workerData: WorkerRole = { role: 'hash' };
  return new Worker(workerPath, { workerData, name: 'asr-hash', resourceLimits: threadLimits });
}

interface Session {
  readonly open: OpenMessage;
  readonly result: Deferred<string>;
  end: number;
}

/** Each message wakes a thread: fewer of them, for as much as is hashed in a few milliseconds. */
const advanceBytes = 4 * 1024 * 1024;
/** A thread that ends more often than this without an answer in between is not started again. */
const maxCrashes = 2;

/**
 * A {@link Hasher} on a thread of its own, so that receiving and hashing run side by side: on one thread their times
 * would add up, and hashing a gigabyte takes longer than receiving it over the loopback. The thread starts with the
 * first file and lives as long as its owner; after a crash another thread hashes its files from the start.
 */
export class HashThread implements Hasher {
  readonly #start: () => Worker;
  readonly #sessions = new Map<number, Session>();
  #worker: Worker | undefined;
  #lastId = 0;
  #crashes = 0;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  open(filePath: string, algorithm: Digest['algorithm'], sizeBytes: number): HashSession {
    const id = ++this.#lastId;
    const open = { kind: 'open' as const, id, filePath, algorithm, sizeBytes };
    const session: Session = { open, result: deferred<string>(), end: 0 };
    this.#sessions.set(id, session);
    this.#send(open);
    return {
      advance: (end) => {
        const isWorthAMessage = end - session.end >= advanceBytes || end === sizeBytes;
        if (!this.#sessions.has(id) || end <= session.end || !isWorthAMessage) return;
        session.end = end;
        this.#send({ kind: 'advance', id, end });
      },
      digest: () => session.result.promise,
      dispose: () => {
        if (!this.#sessions.delete(id)) return;
        this.#send({ kind: 'dispose', id });
        session.result.reject(new Error('hashing was given up'));
      },
    };
  }

  #send(message: ToHashThread): void {
    this.#worker ??= this.#listen(this.#start());
    this.#worker.postMessage(message);
  }

  #listen(worker: Worker): Worker {
    worker.on('message', (message: FromHashThread) => {
      const session = this.#sessions.get(message.id);
      this.#sessions.delete(message.id);
      this.#crashes = 0;
      if (message.kind === 'done') session?.result.resolve(message.hex);
      else session?.result.reject(new Error(message.message));
    });
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#crashed(cause ?? new Error(`the hash thread ended with code ${String(code)}`));
    });
    return worker;
  }

  #crashed(error: unknown): void {
    this.#crashes++;
    for (const { open, end, result } of [...this.#sessions.values()]) {
      if (this.#crashes > maxCrashes) {
        this.#sessions.delete(open.id);
        result.reject(error);
        continue;
      }
      this.#send(open);
      this.#send({ kind: 'advance', id: open.id, end });
    }
  }
}

/** The hash thread's program: one {@link HashQueue}, driven by messages. */
export function serveHashing(port: MessagePort): void {
  const queue = new HashQueue();
  const sessions = new Map<number, HashSession>();
  const answer = (message: FromHashThread): void => {
    sessions.delete(message.id);
    port.postMessage(message);
  };
  const failed = (id: number, error: unknown): void =>
    answer({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });

  port.on('message', (message: ToHashThread) => {
    const { id } = message;
    switch (message.kind) {
      case 'open':
        sessions.set(id, queue.open(message.filePath, message.algorithm, message.sizeBytes));
        sessions
          .get(id)
          ?.digest()
          .then(
            (hex) => answer({ kind: 'done', id, hex }),
            (error: unknown) => failed(id, error),
          );
        break;
      case 'advance':
        sessions.get(id)?.advance(message.end);
        break;
      case 'dispose':
        sessions.get(id)?.dispose();
        break;
    }
  });
}
