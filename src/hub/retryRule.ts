import type { AsrError } from '../common/asrError';

/** The waits between tries in milliseconds, the same as in the Hub's own client (docs/hub-protocol.md section 3.3). */
const backoffMs = [1000, 2000, 4000, 8000, 8000];

/** Tries after the first when the far end was never reached: a person waits, and it is likely not there. */
const retriesWithoutContact = 1;

/** The longest wait that is sat out in silence; a longer one is told, with its length. */
export const longestSilentWaitMs = 30_000;

export interface FailedTry {
  /** 1 for the first try. */
  readonly attempt: number;
  readonly error: AsrError;
  /** Whether the far end has answered anything in this operation. */
  readonly reached: boolean;
  /** Of the answer, when there was one. */
  readonly status?: number;
}

/**
 * The wait before the next try of a listing, in milliseconds; undefined when another try is useless. Lost connections,
 * silence and the statuses 408, 429, 500, 502, 503 and 504 are retried (docs/hub-protocol.md section 3.3). Refusals by
 * a proxy or of a certificate are not, because they do not pass by themselves.
 */
export function retryDelayMs({ attempt, error, reached, status }: FailedTry): number | undefined {
  const retryable =
    status === undefined
      ? error.code === 'network' || error.code === 'stalled'
      : [408, 429, 500, 502, 503, 504].includes(status);
  if (!retryable) return undefined;
  if (!reached && attempt > retriesWithoutContact) return undefined;
  const backoff = backoffMs[attempt - 1];
  if (backoff === undefined) return undefined;
  const wanted = error.details.retryAfterMs ?? backoff;
  return wanted > longestSilentWaitMs ? undefined : wanted;
}
