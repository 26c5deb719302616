type Headers = Readonly<Record<string, string | undefined>>;

/**
 * Whether a status of 400 or above is transient, so that asking again makes sense: 408, 421 (a connection that served
 * another host), 425, and every problem of the server's own, those that only proxies and content networks use (520 to
 * 530) included. 429 is not among them, for it asks for a wait. 511 is not either: a person has to sign in to the
 * network first.
 */
export function isTemporary(status: number): boolean {
  return [408, 421, 425].includes(status) || (status >= 500 && status !== 511);
}

/** The longest wait that a server may ask for: a year. Longer figures are mistakes, and timers can't hold them. */
const longestSeconds = 366 * 24 * 3600;

function secondsToMs(text: string): number {
  return Math.round(Math.min(Number(text), longestSeconds) * 1000);
}

/**
 * `Retry-After` as milliseconds from now; undefined without one that makes sense. It has two legal forms (RFC 9110
 * 10.2.3): seconds and a date. Fractions of seconds and a unit of seconds are taken as they are meant; of several figures
 * the longest counts.
 */
function retryAfterMs(value: string | undefined, wallMs: number): number | undefined {
  if (value === undefined) return undefined;
  const figures = value.split(',').map((part) => /^\s*(\d+(?:\.\d+)?)\s*s?\s*$/i.exec(part)?.[1]);
  if (figures.every((figure) => figure !== undefined)) return Math.max(...figures.map(secondsToMs));
  if (!/^\s*(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[, ]/i.test(value)) return undefined;
  // The oldest form (asctime) names no time zone, and means GMT too.
  const date = Date.parse(/\d{4}\s*$/.test(value) ? `${value} GMT` : value);
  return Number.isNaN(date)
    ? undefined
    : Math.min(Math.max(0, date - wallMs), longestSeconds * 1000);
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
    const seconds = /;\s*t=(\d+)/.exec(policy)?.[1];
    if (seconds === undefined || remaining === undefined || Number(remaining) !== 0) continue;
    longest = Math.max(longest ?? 0, secondsToMs(seconds));
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
interface Backoff {
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
