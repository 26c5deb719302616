import type { Tuning } from '../tuning';

/**
 * How long to wait before attempt number `attempt` (1: the first one after a failure): doubling from `retryBaseMs` to
 * `retryMaxMs`, of which a random quarter is taken off, so that many machines do not come back in the same instant.
 * What the server asked for (`Retry-After`) is never undercut. `random` is in [0, 1).
 */
export function retryDelayMs(
  attempt: number,
  tuning: Pick<Tuning, 'retryBaseMs' | 'retryMaxMs'>,
  random: number,
  serverAskedMs = 0,
): number {
  const full = Math.min(tuning.retryMaxMs, tuning.retryBaseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.max(serverAskedMs, Math.round(full * (1 - random / 4)));
}
