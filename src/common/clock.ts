import { type Disposable, toDisposable } from './disposable';

/** Time as the core sees it, so that a test can move it by hand. */
export interface Clock {
  /** Milliseconds on a clock that never runs backwards; only differences mean anything. */
  nowMs(): number;
  /** Milliseconds since 1970, for what is written down. */
  wallMs(): number;
  /** Runs `task` once after `delayMs`; disposing of the result prevents it. */
  after(delayMs: number, task: () => void): Disposable;
}

/** The process's own clock. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return toDisposable(() => clearTimeout(timer));
  },
};

/** Settles after a while on this clock. */
export async function pause(clock: Clock, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    clock.after(ms, resolve);
  });
}

/** A named part of a longer operation. */
type NamedStep = readonly [name: string, run: () => Promise<unknown>];

/** Runs steps one after the other and returns how long each took, in milliseconds. */
export async function timedSteps(
  clock: Clock,
  steps: readonly NamedStep[],
): Promise<readonly { readonly name: string; readonly ms: number }[]> {
  const report: { name: string; ms: number }[] = [];
  for (const [name, run] of steps) {
    const startMs = clock.nowMs();
    await run();
    report.push({ name, ms: clock.nowMs() - startMs });
  }
  return report;
}
