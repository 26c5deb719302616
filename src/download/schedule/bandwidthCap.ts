import { Cancelled } from '../../common/asrError';
import type { Clock } from '../../common/clock';
import { deferred } from '../../common/deferred';

/**
 * Under a cap bytes are read in portions of this length in time, so that the speed is even, and so that what many
 * connections bring before their first wait is little.
 */
const portionMs = 20;
const smallestPortionBytes = 1024;
/** Bytes that may come at once after a quiet moment, as time at the capped speed. */
const burstMs = 100;
/**
 * Bytes that came too fast, because a looser cap held when they were requested, are compensated for, up to this wait.
 */
const longestDebtMs = 10_000;

/** Holds a speed: every byte books its time, and its reader waits until that time has come. */
export class BandwidthCap {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #bytesPerSecond: number;
  #bookedUntilMs = 0;
  #debtMs = 0;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
  }

  get isSet(): boolean {
    return this.#bytesPerSecond > 0;
  }

  /** How many bytes to read at once. */
  get portionBytes(): number {
    if (!this.isSet) return Infinity;
    return Math.max(smallestPortionBytes, Math.floor((this.#bytesPerSecond * portionMs) / 1000));
  }

  /** Takes effect at once: readers that wait for the old speed are released. 0: no cap. */
  set(bytesPerSecond: number): void {
    if (bytesPerSecond === this.#bytesPerSecond) return;
    this.#bytesPerSecond = bytesPerSecond;
    this.#bookedUntilMs = 0;
    this.#debtMs = 0;
    for (const goOn of [...this.#waiting]) goOn();
  }

  /** Books `bytes` that have come. Resolves when their reader may read on; rejects with `Cancelled` on the signal. */
  async admit(bytes: number, signal: AbortSignal): Promise<void> {
    const waitMs = this.#book(bytes);
    if (waitMs > 0 && !signal.aborted) await this.#wait(waitMs, signal);
    if (signal.aborted) throw new Cancelled();
  }

  /** Until the time has come, another speed is set, or the signal is aborted. */
  async #wait(waitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = deferred<undefined>();
    const goOn = (): void => resolve(undefined);
    const timer = this.#clock.after(waitMs, goOn);
    this.#waiting.add(goOn);
    signal.addEventListener('abort', goOn, { once: true });
    await promise;
    timer.dispose();
    this.#waiting.delete(goOn);
    signal.removeEventListener('abort', goOn);
  }

  /** The wait that so many bytes mean, in milliseconds. */
  #book(bytes: number): number {
    if (!this.isSet) return 0;
    const nowMs = this.#clock.nowMs();
    const from = Math.max(this.#bookedUntilMs, nowMs - burstMs);
    const asked = Math.min(bytes, this.portionBytes);
    // More than a portion was asked for under a looser cap. It counts, or the new speed would not hold; it is made up
    // for at half the speed instead of by a silence.
    this.#debtMs = Math.min(longestDebtMs, this.#debtMs + this.#timeMs(bytes - asked));
    const ownMs = this.#timeMs(asked);
    const repaidMs = Math.min(this.#debtMs, ownMs);
    this.#debtMs -= repaidMs;
    this.#bookedUntilMs = from + ownMs + repaidMs;
    return this.#bookedUntilMs - nowMs;
  }

  #timeMs(bytes: number): number {
    return (bytes * 1000) / this.#bytesPerSecond;
  }
}
