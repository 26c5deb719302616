import type { Clock } from '../../../../src/common/clock';

interface Timer {
  readonly atMs: number;
  readonly task: () => void;
}

/** Turns of the event loop without work on the disk after which nothing more comes of what has happened so far. */
const quietTurns = 6;

/** Settles when this process has no work on the disk under way and begins none. */
export async function diskIsQuiet(): Promise<void> {
  for (let quiet = 0; quiet < quietTurns; quiet++) {
    await new Promise(setImmediate);
    const active = process.getActiveResourcesInfo();
    if (active.some((name) => name.startsWith('FSReq') || name === 'CloseReq')) quiet = 0;
  }
}

/**
 * A clock that is moved by hand, and waits for the disk before each timer: work on real files seems to take no time.
 * Its time of day can be set, as a person or a time server sets a computer's.
 */
export class DiskClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs = 0;
  #wallOffsetMs: number;

  constructor(wallMs: number = Date.now()) {
    this.#wallOffsetMs = wallMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs + this.#wallOffsetMs;
  }

  after(delayMs: number, task: () => void): { dispose(): void } {
    const timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.add(timer);
    return { dispose: () => this.#timers.delete(timer) };
  }

  /** Sets the time of day. */
  jump(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** The computer sleeps: time passes, and no timer runs. */
  sleep(ms: number): void {
    this.#nowMs += ms;
  }

  /** When the next timer is due; undefined when there is none. */
  get nextMs(): number | undefined {
    return this.#timers.size === 0 ? undefined : Math.min(...[...this.#timers].map((t) => t.atMs));
  }

  /** Nothing that was started on this clock continues: as when its process is killed. */
  stop(): void {
    this.#timers.clear();
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await diskIsQuiet();
      const next = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.task();
    }
    this.#nowMs = endMs;
  }
}
