/** Processor time below which the time since the last report counts as idle. */
const idleCpuMs = 20;
/** Reports come every second. More time between two of them is no idleness: the machine slept, or the host did. */
const longestStepMs = 2000;

/**
 * Tells an engine that works from one that hangs, by the processor time that its process reports. Nothing else shows
 * it: after a failure inside the engine its promise never settles (docs/model-formats.md section 5).
 */
export class IdleWatch {
  readonly #limitMs: number;
  #lastCpuMs: number | undefined;
  #lastReportMs = 0;
  #idleMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Takes a report; gives the idle time once it is too long. `hearing`: the engine is expected to work. */
  report(cpuMs: number, hearing: boolean, nowMs: number): number | undefined {
    const isIdle = hearing && this.#lastCpuMs !== undefined && cpuMs - this.#lastCpuMs <= idleCpuMs;
    this.#idleMs = isIdle ? this.#idleMs + Math.min(longestStepMs, nowMs - this.#lastReportMs) : 0;
    this.#lastCpuMs = cpuMs;
    this.#lastReportMs = nowMs;
    return this.#idleMs >= this.#limitMs ? this.#idleMs : undefined;
  }
}
