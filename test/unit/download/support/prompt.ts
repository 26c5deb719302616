import { availableParallelism, loadavg } from 'node:os';

/**
 * What "within so many milliseconds" is on this machine now: a machine that others keep busy many times over takes as
 * many times longer, and that says nothing about us.
 */
export function promptMs(ms: number): number {
  const [lastMinute = 0] = loadavg();
  return ms * Math.min(30, Math.max(1, (2 * lastMinute) / availableParallelism()));
}
