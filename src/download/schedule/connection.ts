import type { AsrError } from '../../common/asrError';
import type { Clock } from '../../common/clock';
import type { Segment } from '../files/segmentPlan';
import type { FileAddress } from '../sources/sourceClient';
import type { FileJob } from './fileJob';

/** Shorter than this, a connection's speed is that of a few packets. */
const tellingMs = 300;
/** A connection's speed is that of the last one to two of these: what it was before says nothing about its end. */
const speedWindowMs = 1000;

/** One request for one segment, from its start to its end, and what the watch needs to know of it. */
export class Connection {
  readonly job: FileJob;
  readonly segment: Segment;
  /** The address it asks; its file may have changed to another source since. */
  readonly address: FileAddress | undefined;
  readonly startedMs: number;
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  /** Since when it waits for the network; undefined while it is held up by the disk or by the cap. */
  #waitingSinceMs: number | undefined;
  /** Since when, and the bytes of the window that runs now, and those of the one before it. */
  #windowSinceMs: number | undefined;
  #windowBytes = 0;
  #bytesBefore: number | undefined;
  #lastByteMs: number | undefined;
  #receivedBytes = 0;
  /** Why it was cut off by us: an error counts as a failed attempt, `replaced` does not. */
  cutOff: AsrError | 'replaced' | undefined;

  constructor(job: FileJob, segment: Segment, clock: Clock) {
    this.job = job;
    this.segment = segment;
    this.address = job.address;
    this.#clock = clock;
    this.startedMs = clock.nowMs();
    this.#waitingSinceMs = this.startedMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** The disk or the cap holds it up, not the network. */
  get isHeldUp(): boolean {
    return this.#waitingSinceMs === undefined;
  }

  get isFlowing(): boolean {
    return this.#receivedBytes > 0;
  }

  /** Milliseconds for which the network owed it a byte. */
  silentMs(nowMs: number): number {
    return this.#waitingSinceMs === undefined ? 0 : nowMs - this.#waitingSinceMs;
  }

  /** Whether a byte came within the last `withinMs`. */
  flowedWithin(nowMs: number, withinMs: number): boolean {
    return this.#lastByteMs !== undefined && nowMs - this.#lastByteMs <= withinMs;
  }

  /** Its current speed, in bytes per millisecond; undefined until that is known. */
  bytesPerMs(nowMs: number): number | undefined {
    if (this.#windowSinceMs === undefined) return undefined;
    this.#turnWindow(this.#windowSinceMs, nowMs);
    const beforeMs = this.#bytesBefore === undefined ? 0 : speedWindowMs;
    const elapsedMs = nowMs - this.#windowSinceMs + beforeMs;
    if (elapsedMs < tellingMs) return undefined;
    return ((this.#bytesBefore ?? 0) + this.#windowBytes) / elapsedMs;
  }

  #turnWindow(sinceMs: number, nowMs: number): void {
    const windows = Math.floor((nowMs - sinceMs) / speedWindowMs);
    if (windows === 0) return;
    this.#bytesBefore = windows === 1 ? this.#windowBytes : 0;
    this.#windowBytes = 0;
    this.#windowSinceMs = sinceMs + windows * speedWindowMs;
  }

  arrived(bytes: number): void {
    const nowMs = this.#clock.nowMs();
    this.#receivedBytes += bytes;
    this.#lastByteMs = nowMs;
    this.#turnWindow((this.#windowSinceMs ??= nowMs), nowMs);
    this.#windowBytes += bytes;
    this.#waitingSinceMs = undefined;
  }

  waitsForNetwork(): void {
    this.#waitingSinceMs = this.#clock.nowMs();
  }

  /** The disk or the cap holds it up: its silence is not the network's. */
  heldUp(): void {
    this.#waitingSinceMs = undefined;
  }

  cut(reason: AsrError | 'replaced'): void {
    this.cutOff ??= reason;
    this.#controller.abort();
  }

  /** Closes the socket because the whole transfer ends. */
  abort(): void {
    this.#controller.abort();
  }
}
