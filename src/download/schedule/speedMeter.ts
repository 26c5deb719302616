/** The weight of the past falls to 1/e in this time: calm enough to read, quick enough to believe. */
const smoothingMs = 3000;
/** After this time without a byte a download counts as stalled; an average of earlier bytes would be a false speed. */
export const quietMs = 3000;
/** Samples come four times a second; after a gap like this the machine has slept, and the speed before says nothing. */
const sleptMs = 5000;

/** Smoothed speed and time left. A pure rule: it is told the time and the bytes, in order. */
export class SpeedMeter {
  #lastMs: number | undefined;
  #lastBytes = 0;
  #firstMs = 0;
  #bytesPerMs = 0;
  #weight = 0;
  #lastByteMs: number;

  constructor(nowMs: number) {
    this.#lastByteMs = nowMs;
  }

  /** Takes the total of bytes received so far in this run. */
  sample(nowMs: number, totalBytes: number): void {
    if (this.#lastMs === undefined) {
      this.#begin(nowMs, totalBytes);
      return;
    }
    const elapsedMs = nowMs - this.#lastMs;
    if (elapsedMs <= 0) return;
    if (elapsedMs > sleptMs) {
      this.#begin(nowMs, totalBytes);
      return;
    }
    const bytes = Math.max(0, totalBytes - this.#lastBytes);
    const keep = Math.exp(-elapsedMs / smoothingMs);
    this.#bytesPerMs = this.#bytesPerMs * keep + (bytes / elapsedMs) * (1 - keep);
    this.#weight = this.#weight * keep + (1 - keep);
    this.#lastMs = nowMs;
    this.#lastBytes = totalBytes;
    if (bytes > 0) this.#lastByteMs = nowMs;
  }

  #begin(nowMs: number, totalBytes: number): void {
    if (totalBytes > this.#lastBytes) this.#lastByteMs = nowMs;
    this.#lastMs = nowMs;
    this.#firstMs = nowMs;
    this.#lastBytes = totalBytes;
    this.#bytesPerMs = 0;
    this.#weight = 0;
  }

  /** After a wait of our own (retry, disk) the silence is not the line's: it starts anew. */
  resume(nowMs: number): void {
    this.#lastByteMs = nowMs;
  }

  /** Whole bytes per second; undefined in the first half second and once nothing has come for 3 s. */
  bytesPerSecond(nowMs: number): number | undefined {
    if (this.#weight === 0 || nowMs - this.#firstMs < 500) return undefined;
    if (nowMs - this.#lastByteMs >= quietMs) return undefined;
    const speed = Math.round((this.#bytesPerMs / this.#weight) * 1000);
    return speed > 0 ? speed : undefined;
  }

  /** Whole seconds, rounded up; undefined without a speed. */
  secondsRemaining(nowMs: number, remainingBytes: number): number | undefined {
    const speed = this.bytesPerSecond(nowMs);
    return speed === undefined ? undefined : Math.ceil(remainingBytes / speed);
  }

  /** Whole seconds since the last byte, once that is 3 s or more. */
  secondsSinceLastByte(nowMs: number): number | undefined {
    const silentMs = nowMs - this.#lastByteMs;
    return silentMs >= quietMs ? Math.floor(silentMs / 1000) : undefined;
  }

  /** What one of so many connections carries, in bytes per millisecond; undefined until known. */
  connectionBytesPerMs(nowMs: number, connections: number): number | undefined {
    const speed = this.bytesPerSecond(nowMs);
    return speed === undefined ? undefined : speed / 1000 / Math.max(1, connections);
  }
}
