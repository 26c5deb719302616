import type { Clock } from '../../../../src/common/clock';

interface Timer {
  readonly atMs: number;
  readonly task: () => void;
}

/** A clock that stands still until it is advanced; due timers run in their order, promises in between. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs = 0;
  #sleptMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs + this.#sleptMs;
  }

  /** The machine sleeps: only the wall clock advances, and no timer runs. */
  sleep(ms: number): void {
    this.#sleptMs += ms;
  }

  after(delayMs: number, task: () => void): { dispose(): void } {
    const timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.add(timer);
    return { dispose: () => this.#timers.delete(timer) };
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await new Promise(setImmediate);
      const next = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.task();
    }
    this.#nowMs = endMs;
  }
}
