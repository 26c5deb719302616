import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';

/** Runs looks one after the other: when one is asked for, and every so often while `isRestless` says so. */
export class PollLoop implements Disposable {
  readonly #clock: Clock;
  readonly #everyMs: number;
  /** Never rejects. */
  readonly #poll: () => Promise<void>;
  readonly #shouldRepeat: () => boolean;
  #polling: Promise<void> | undefined;
  #isWanted = false;
  #isEnded = false;
  #next: Disposable | undefined;

  constructor(clock: Clock, everyMs: number, look: () => Promise<void>, isRestless: () => boolean) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#poll = look;
    this.#shouldRepeat = isRestless;
  }

  /** Looks now, or once more after the look that goes on; settles when all that was wanted is seen. */
  now(): Promise<void> {
    this.#isWanted = true;
    this.#polling ??= this.#untilQuiet().finally(() => {
      this.#polling = undefined;
      this.schedule();
    });
    return this.#polling;
  }

  /** To be called when it may have become restless. */
  schedule(): void {
    this.#next?.dispose();
    if (this.#isEnded || !this.#shouldRepeat()) return;
    this.#next = this.#clock.after(this.#everyMs, () => void this.now());
  }

  dispose(): void {
    this.#isEnded = true;
    this.#next?.dispose();
  }

  async #untilQuiet(): Promise<void> {
    while (this.#isWanted && !this.#isEnded) {
      this.#isWanted = false;
      await this.#poll();
    }
  }
}
