import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import { defined } from '../../protocol/defined';

/**
 * What a fault of a source means for the transfer.
 * `retry`: ask again after a wait. `expired`: the address that the source redirected to is no longer good; ask the
 * source for a new one. `final`: this source will not answer differently. `noRanges`: it can't send a part of the file.
 * `nothingMore`: it holds as many bytes as we know of and none in the range that was asked for (416).
 */
export type SourceFaultKind = 'retry' | 'expired' | 'final' | 'noRanges' | 'nothingMore';

/** A source did not send what it was asked for. */
export class SourceFault extends Error {
  override readonly name = 'SourceFault';
  readonly kind: SourceFaultKind;
  readonly error: AsrError;
  /** The server asked for this wait. */
  readonly serverWaitMs: number | undefined;

  constructor(kind: SourceFaultKind, error: AsrError, serverWaitMs?: number) {
    super(error.message, { cause: error });
    this.kind = kind;
    this.error = error;
    this.serverWaitMs = serverWaitMs;
  }
}

/** The error of a web page in the place of a file: a captive portal, in nearly every case. */
export function signInPage(host: string): AsrError {
  return new AsrError(
    'network',
    localized(
      'A web page came from {0} instead of the file. The network’s sign-in page may be in the way: open a browser.',
      host,
    ),
    { details: { host } },
  );
}

/** `Retry-After` in either form (RFC 9110 10.2.3: seconds or a date) as milliseconds from now; undefined without one. */
function retryAfterMs(value: string | undefined, wallMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.split(',')[0]?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallMs);
}

/**
 * The seconds to the reset in `RateLimit: "…";r=0;t=55`. The header is on every answer, so only `r=0` is a reason to
 * wait.
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

/** How long a server asks us to wait, in milliseconds; the longer of `Retry-After` and an exhausted `RateLimit`. */
export function serverWaitMs(
  headers: Readonly<Record<string, string | undefined>>,
  wallMs: number,
): number | undefined {
  const after = retryAfterMs(headers['retry-after'], wallMs);
  const limit = rateLimitMs(headers['ratelimit']);
  return after === undefined ? limit : Math.max(after, limit ?? 0);
}

type Headers = Readonly<Record<string, string | undefined>>;

function notFound(host: string): AsrError {
  return new AsrError('notFound', localized('{0} does not have this file (any more).', host));
}

function gated(host: string): AsrError {
  return new AsrError(
    'gated',
    localized('{0} gives this file only to people who have accepted the model’s terms.', host),
  );
}

function auth(host: string): AsrError {
  return new AsrError(
    'auth',
    localized('{0} refuses access to this file. Check the access token.', host),
  );
}

/**
 * A refusal by the source itself. Its `X-Error-Code` is more exact than its status.
 */
function sourceRefusal(status: number, headers: Headers, host: string): AsrError | undefined {
  const code = headers['x-error-code'] ?? '';
  if (code === 'GatedRepo') return gated(host);
  if (['RepoNotFound', 'RevisionNotFound', 'EntryNotFound'].includes(code)) return notFound(host);
  if (status === 401 || status === 403) return auth(host);
  return status === 404 || status === 410 ? notFound(host) : undefined;
}

/**
 * The fault that an answer of status 400 or above means. `redirected` tells that another origin than the source's sent
 * it: there a refusal most often means that the signed address has expired.
 */
export function refusalFault(
  status: number,
  headers: Headers,
  host: string,
  redirected: boolean,
  wallMs: number,
): SourceFault {
  const waitMs = serverWaitMs(headers, wallMs);
  if (status === 407) {
    const text = localized('The proxy asks for a user name and password (407).');
    return new SourceFault('final', new AsrError('proxy', text));
  }
  if (status === 429) {
    const text = localized('{0} limits how often it may be asked.', host);
    const details = { host, ...defined({ retryAfterMs: waitMs }) };
    return new SourceFault('retry', new AsrError('rateLimited', text, { details }), waitMs);
  }
  // Network Authentication Required (RFC 6585): by the network between, not by the server.
  if (status === 511) return new SourceFault('retry', signInPage(host));
  if (status === 408 || status >= 500) {
    const text = localized('{0} has a problem of its own ({1}).', host, status);
    return new SourceFault('retry', new AsrError('network', text, { details: { host } }), waitMs);
  }
  if (redirected) {
    const text = localized('{0} refuses the address that it was asked at ({1}).', host, status);
    return new SourceFault('expired', new AsrError('network', text, { details: { host } }));
  }
  const known = sourceRefusal(status, headers, host);
  if (known !== undefined) return new SourceFault('final', known);
  const text = localized('{0} refuses the request ({1}).', host, status);
  return new SourceFault('final', new AsrError('unsupported', text, { details: { host } }));
}
