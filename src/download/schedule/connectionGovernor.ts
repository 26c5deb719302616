/**
 * The least gain in speed that justifies twice the connections; smaller differences are within the usual variation of a
 * line.
 */
const worthwhileGain = 1.05;
/**
 * At this speed (bytes per millisecond) the machine itself is the limit and more sockets only cost CPU. Receiving,
 * hashing and writing reach about 1 GB/s together on a current machine; sixteen connections that are capped at 20 MB/s
 * each bring about half of this value.
 */
const fastEnough = 600_000;
const firstWindowMs = 100;
const windowBytes = 8 * 1024 * 1024;
const longestWindowMs = 1000;
const holdMs = 10_000;
const longestHoldMs = 120_000;

/**
 * Decides how many connections to use: doubles while that brings at least 5 %, goes back to the last number that
 * helped when it does not, and tries again after a pause that grows. A pure rule: time and bytes are its input.
 */
export class ConnectionGovernor {
  readonly #max: number;
  #target: number;
  /** The speed at the last number of connections that was kept, and that number. */
  #kept: { bytesPerMs: number; connections: number } | undefined;
  #window: { sinceMs: number; bytes: number } | undefined;
  #raisedAtMs = 0;
  #holdUntilMs = 0;
  #holdMs = holdMs;

  constructor(max: number, start: number) {
    this.#max = Math.max(1, max);
    this.#target = Math.min(this.#max, Math.max(1, start));
  }

  get target(): number {
    return this.#target;
  }

  /**
   * Takes the total of received bytes and how many connections carry bytes now. `hungry`: there is work for more.
   * Returns the number of connections to aim for.
   */
  sample(nowMs: number, totalBytes: number, flowing: number, hungry: boolean): number {
    if (nowMs < this.#holdUntilMs || !hungry) {
      this.#window = undefined;
      return this.#target;
    }
    if (this.#window === undefined) {
      // Count only once the new connections carry bytes, or have had their time to.
      const settled = flowing >= this.#target || nowMs - this.#raisedAtMs > longestWindowMs;
      if (settled && flowing > 0) this.#window = { sinceMs: nowMs, bytes: totalBytes };
      return this.#target;
    }
    const elapsedMs = nowMs - this.#window.sinceMs;
    const bytes = totalBytes - this.#window.bytes;
    if (elapsedMs < firstWindowMs || (bytes < windowBytes && elapsedMs < longestWindowMs)) {
      return this.#target;
    }
    this.#judge(nowMs, bytes / elapsedMs);
    return this.#target;
  }

  #judge(nowMs: number, bytesPerMs: number): void {
    this.#window = undefined;
    const kept = this.#kept;
    if (kept === undefined || bytesPerMs >= kept.bytesPerMs * worthwhileGain) {
      this.#kept = { bytesPerMs, connections: this.#target };
      if (this.#target < this.#max && bytesPerMs < fastEnough) this.#raise(nowMs);
      else this.#hold(nowMs);
      return;
    }
    this.#target = kept.connections;
    // The next attempt compares with the speed of then, not of now.
    this.#kept = undefined;
    this.#hold(nowMs);
  }

  #raise(nowMs: number): void {
    this.#target = Math.min(this.#max, this.#target * 2);
    this.#raisedAtMs = nowMs;
  }

  #hold(nowMs: number): void {
    this.#holdUntilMs = nowMs + this.#holdMs;
    this.#holdMs = Math.min(longestHoldMs, this.#holdMs * 2);
  }

  /** A reset or a 429: fewer connections, and no more of them for a while. */
  retreat(nowMs: number, active: number): void {
    this.#target = Math.max(1, Math.min(this.#target, Math.ceil(active / 2)));
    this.#kept = undefined;
    this.#window = undefined;
    this.#hold(nowMs);
  }
}
