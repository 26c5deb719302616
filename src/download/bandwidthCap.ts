import type { Clock } from '../base/clock';

/** Under a cap bytes are read in portions of this length in time, so that the speed is even. */
const portionMs = 50;
const smallestPortionBytes = 4096;
/** Bytes that may come at once after a quiet moment, as time at the capped speed. */
const burstMs = 100;

/** Holds a speed: every byte books its time, and its reader waits until that time has come. */
export class BandwidthCap {
  readonly #clock: Clock;
  #bytesPerSecond: number;
  #bookedUntilMs = 0;

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

  /** 0: no cap. Counts from the next byte on. */
  set(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#bookedUntilMs = 0;
  }

  /** Books `bytes` and says how many milliseconds their reader has to wait before it reads on. */
  book(bytes: number): number {
    if (this.#bytesPerSecond <= 0) return 0;
    const nowMs = this.#clock.nowMs();
    const from = Math.max(this.#bookedUntilMs, nowMs - burstMs);
    this.#bookedUntilMs = from + (bytes * 1000) / this.#bytesPerSecond;
    return Math.max(0, this.#bookedUntilMs - nowMs);
  }
}
