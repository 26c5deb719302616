import { Cancelled } from '../../common/asrError';
import type { Digest } from '../../common/digest';
import { deferred } from '../../common/deferred';
import type { Hasher, HashSession } from './hasher';
import { HashLoop, hashBuffer } from './hashLoop';

interface Entry {
  readonly loop: HashLoop;
  readonly settle: { done(hex: string): void; failed(error: unknown): void };
}

/** A {@link Hasher} on the thread that it is made in: slices of work, one file after the other, between its events. */
export class HashQueue implements Hasher {
  readonly #entries = new Set<Entry>();
  #buffer: Buffer | undefined;
  #scheduled = false;

  open(filePath: string, algorithm: Digest['algorithm'], sizeBytes: number): HashSession {
    this.#buffer ??= hashBuffer();
    const loop = new HashLoop(this.#buffer, filePath, algorithm, sizeBytes);
    const { promise, resolve, reject } = deferred<string>();
    const entry: Entry = { loop, settle: { done: resolve, failed: reject } };
    this.#entries.add(entry);
    this.#schedule();
    return {
      advance: (end) => {
        loop.advance(end);
        this.#schedule();
      },
      digest: () => promise,
      dispose: () => this.#end(entry, () => reject(new Cancelled())),
    };
  }

  #end(entry: Entry, settle: () => void): void {
    if (!this.#entries.delete(entry)) return;
    entry.loop.close();
    settle();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    for (const entry of this.#entries) {
      if (!entry.loop.hasWork && !entry.loop.isDone) continue;
      this.#work(entry);
      this.#schedule();
      return;
    }
  }

  #work(entry: Entry): void {
    try {
      entry.loop.slice();
      if (!entry.loop.isDone) return;
      const hex = entry.loop.hex();
      this.#end(entry, () => entry.settle.done(hex));
    } catch (error) {
      this.#end(entry, () => entry.settle.failed(error));
    }
  }
}
