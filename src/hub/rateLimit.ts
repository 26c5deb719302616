type Headers = Readonly<Record<string, string | undefined>>;

/**
 * The wait that a server asks for, in milliseconds, or undefined when it asks for none: `Retry-After` in seconds or as
 * a date, else `RateLimit` when nothing remains (`r=0;t=<seconds>`). One second is added, as the Hub's own client does
 * (docs/hub-protocol.md section 3.2).
 */
export function requestedWaitMs(headers: Headers, wallMs: number): number | undefined {
  const after = headers['retry-after']?.trim();
  if (after !== undefined && after !== '') {
    if (/^\d{1,9}$/.test(after)) return (Number(after) + 1) * 1000;
    const date = Date.parse(after);
    if (!Number.isNaN(date)) return Math.max(0, date - wallMs) + 1000;
  }
  const limit = headers['ratelimit'];
  if (limit === undefined || !/;\s*r=0(?:\s*[;,]|\s*$)/.test(limit)) return undefined;
  const seconds = /;\s*t=(\d{1,9})(?:\s*[;,]|\s*$)/.exec(limit)?.[1];
  return seconds === undefined ? undefined : (Number(seconds) + 1) * 1000;
}
