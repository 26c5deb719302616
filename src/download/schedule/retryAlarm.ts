import type { Clock } from '../../common/clock';
import type { Disposable } from '../../common/disposable';
import type { FileJob } from './fileJob';

/** Rings when the first file that waits for its next attempt may go on. */
export class RetryAlarm implements Disposable {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: Disposable | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Sets the alarm anew. `nowMs` is the moment at which the files were looked at: what came due since then rings too. */
  set(jobs: readonly FileJob[], nowMs: number): void {
    this.dispose();
    let next = Infinity;
    for (const { state, retryAtMs } of jobs) {
      if (state === 'fetching' && retryAtMs > nowMs) next = Math.min(next, retryAtMs);
    }
    if (next === Infinity) return;
    this.#timer = this.#clock.after(next - nowMs + 1, this.#ring);
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}
