import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';

/**
 * The time that "within so many milliseconds" is on this machine now: a machine that others keep busy many times over
 * takes as many times longer, and that says nothing about us.
 */
export function promptMs(ms: number): number {
  const [lastMinute = 0] = loadavg();
  const busy = Math.max(lastMinute, runnableNow());
  return ms * Math.min(30, Math.max(1, (2 * busy) / availableParallelism()));
}

/** How many threads run or want to; the average of a minute does not know of a load that has just begun. */
function runnableNow(): number {
  if (process.platform !== 'linux') return 0;
  // "0.20 0.18 0.12 1/80 11206": the fourth field is how many of how many (proc(5)). One of them is asking.
  const [, runnable = '1'] = / (\d+)\//.exec(readFileSync('/proc/loadavg', 'utf8')) ?? [];
  return Number(runnable) - 1;
}
