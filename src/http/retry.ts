type Headers = Readonly<Record<string, string | undefined>>;

/** `Retry-After` in either form (RFC 9110 10.2.3: seconds or a date) as milliseconds from now; undefined without one. */
function retryAfterMs(value: string | undefined, wallMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.split(',')[0]?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallMs);
}

/**
 * The milliseconds to the reset in `RateLimit: "…";r=0;t=55`. The header is on every answer, so only `r=0` is a reason
 * to wait (docs/hub-protocol.md section 3.2).
 */
function rateLimitMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  let longest: number | undefined;
  for (const policy of value.split(',')) {
    const remaining = /;\s*r=(\d+)/.exec(policy)?.[1];
    const seconds = /;\s*t=(\d{1,9})/.exec(policy)?.[1];
    if (seconds === undefined || remaining === undefined || Number(remaining) !== 0) continue;
    longest = Math.max(longest ?? 0, Number(seconds) * 1000);
  }
  return longest;
}

/**
 * The wait that a server asks for, in milliseconds: the longer of `Retry-After` and an exhausted `RateLimit`; undefined
 * when it asks for none.
 */
export function serverWaitMs(headers: Headers, wallMs: number): number | undefined {
  const after = retryAfterMs(headers['retry-after'], wallMs);
  const limit = rateLimitMs(headers['ratelimit']);
  return after === undefined ? limit : Math.max(after, limit ?? 0);
}

/** How the waits between two tries grow. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * The wait before retry number `attempt` (1: the first one): doubling from `baseMs` to `maxMs`. `random`, in [0, 1),
 * takes off up to a quarter, so that many machines do not come back in the same instant; 0 takes off nothing.
 */
export function backoffMs(attempt: number, { baseMs, maxMs }: Backoff, random = 0): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (1 - random / 4));
}
