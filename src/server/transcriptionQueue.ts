import { abortable } from '../common/abortable';
import { Cancelled } from '../common/asrError';
import { tryLater } from './httpError';

/** A place in the queue. */
interface QueuePlace {
  /** Runs work when every earlier one has ended. Rejects with Cancelled when `signal` aborts before. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Gives the place up. */
  leave(): void;
}

/** One transcription at a time; a bounded number waits, their uploads included. */
export class TranscriptionQueue {
  readonly #most: number;
  #places = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes a place, before anything of the request's body is read. Throws 429 when all are taken. */
  enter(): QueuePlace {
    if (this.#places >= this.#most) {
      throw tryLater(429, `${String(this.#most)} transcriptions are waiting already.`);
    }
    this.#places += 1;
    let hasLeft = false;
    return {
      run: (work, signal) => this.#run(work, signal),
      leave: () => {
        if (!hasLeft) this.#places -= 1;
        hasLeft = true;
      },
    };
  }

  async #run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const ended = this.#last.then(() => {
      if (signal.aborted) throw new Cancelled();
      return work();
    });
    this.#last = ended.catch(() => undefined);
    return await abortable(ended, signal);
  }
}
