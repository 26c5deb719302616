import { Worker } from 'node:worker_threads';
import type { Digest } from '../base/digest';
import { deferred, type Deferred } from './deferred';
import type { Hasher, HashSession } from './hasher';

/** To the hash thread. */
export type ToHashThread =
  | {
      readonly kind: 'open';
      readonly id: number;
      readonly filePath: string;
      readonly algorithm: Digest['algorithm'];
      readonly sizeBytes: number;
    }
  | { readonly kind: 'advance'; readonly id: number; readonly end: number }
  | { readonly kind: 'dispose'; readonly id: number };

/** From the hash thread: one answer per session. */
export type FromHashThread =
  | { readonly kind: 'done'; readonly id: number; readonly hex: string }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

/** How the worker's bundle is told which of its two threads it is. */
export interface WorkerRole {
  readonly role: 'transfer' | 'hash';
}

/** Starts the hash thread; `workerPath` is the bundle that the transfer worker runs from too. */
export function startHashThread(workerPath: string): Worker {
  const workerData: WorkerRole = { role: 'hash' };
  return new Worker(workerPath, { workerData, name: 'asr-hash' });
}

/**
 * A {@link Hasher} on a thread of its own, so that receiving and hashing run side by side (together they are the limit:
 * speed.md). The thread starts with the first file and lives as long as its owner.
 */
export class HashThread implements Hasher {
  readonly #start: () => Worker;
  readonly #sessions = new Map<number, Deferred<string>>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  open(filePath: string, algorithm: Digest['algorithm'], sizeBytes: number): HashSession {
    const id = ++this.#lastId;
    const result = deferred<string>();
    this.#sessions.set(id, result);
    this.#send({ kind: 'open', id, filePath, algorithm, sizeBytes });
    return {
      advance: (end) => {
        if (this.#sessions.has(id)) this.#send({ kind: 'advance', id, end });
      },
      digest: () => result.promise,
      dispose: () => {
        if (!this.#sessions.delete(id)) return;
        this.#send({ kind: 'dispose', id });
        result.reject(new Error('hashing was given up'));
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
      if (!this.#sessions.delete(message.id)) return;
      if (message.kind === 'done') session?.resolve(message.hex);
      else session?.reject(new Error(message.message));
    });
    worker.on('error', (error) => {
      this.#worker = undefined;
      for (const session of this.#sessions.values()) session.reject(error);
      this.#sessions.clear();
    });
    return worker;
  }
}
