/**
 * The ends of connections, classified once: every error of a source, of the network or of our own watches becomes an
 * action and the `AsrError` that a person may read. schedule/faultHandler does what the action says.
 */
import { AsrError, isCancellation, toAsrError } from '../../common/asrError';
import { localized, type LocalizedMessage } from '../../common/localizedMessage';
import { isTemporary, serverWaitMs } from '../../http';
import type { ErrorCode } from '../../protocol/errorCode';
import { defined } from '../../protocol/defined';

/**
 * The next step of the transfer. `retry`: a failed attempt; ask again after a wait. `again`: ask again at once, nothing
 * is counted. `next`: this source will not answer differently; continue with the next one. `noRanges`: the source did
 * not send a part; ask for the whole file after the second time.
 */
type SourceAction = 'retry' | 'again' | 'next' | 'noRanges';

/** A source did not send what it was asked for. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly action: SourceAction;
  readonly error: AsrError;
  /** The server asked for this wait. */
  readonly serverWaitMs: number | undefined;

  constructor(action: SourceAction, error: AsrError, serverWaitMs?: number) {
    super(error.message, { cause: error });
    this.action = action;
    this.error = error;
    this.serverWaitMs = serverWaitMs;
  }
}

/** The error of a host that sent something else than it was asked for. */
export function hostError(
  action: SourceAction,
  code: ErrorCode,
  text: LocalizedMessage,
  host: string,
  serverWaitMs?: number,
): SourceError {
  return new SourceError(action, new AsrError(code, text, { details: { host } }), serverWaitMs);
}

/**
 * Classifies what ended a connection. `everReceived`: bytes have come in this transfer; before that a proxy or a
 * certificate that refuses is a matter of settings, which waiting does not mend.
 */
export function classify(
  error: unknown,
  everReceived: boolean,
): Pick<SourceError, 'action' | 'error' | 'serverWaitMs'> {
  if (error instanceof SourceError) return error;
  const action = isCancellation(error) ? 'again' : 'retry';
  const known = toAsrError(error);
  const isOfSettings =
    (known.code === 'tls' || known.code === 'proxy') && known.details.isPassing !== true;
  return {
    action: isOfSettings && !everReceived ? 'next' : action,
    error: known,
    serverWaitMs: known.details.retryAfterMs,
  };
}

/** A web page came in place of a file: a captive portal, in nearly every case. */
export function signInPage(host: string): SourceError {
  return hostError(
    'retry',
    'network',
    localized(
      'A web page came from {0} instead of the file. The network’s sign-in page may be in the way: open a browser.',
      host,
    ),
    host,
  );
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

function auth(status: number, host: string): AsrError {
  return new AsrError(
    'auth',
    status === 401
      ? localized('{0} gives this file only with an access token that may read it. Set one.', host)
      : localized(
          '{0} refuses access to this file (403). It may need an access token, or the network filters it.',
          host,
        ),
  );
}

/**
 * A refusal by the source itself. Its `X-Error-Code` is more exact than its status.
 */
function sourceRefusal(status: number, headers: Headers, host: string): AsrError | undefined {
  const code = headers['x-error-code'] ?? '';
  if (code === 'GatedRepo') return gated(host);
  if (['RepoNotFound', 'RevisionNotFound', 'EntryNotFound'].includes(code)) return notFound(host);
  if (status === 401 || status === 403) return auth(status, host);
  return status === 404 || status === 410 ? notFound(host) : undefined;
}

/**
 * The error that an answer of status 400 or above means. `redirected`: another origin than the source's sent it; there a
 * refusal most often means that the signed address has expired.
 */
export function refusal(
  status: number,
  headers: Headers,
  host: string,
  redirected: boolean,
  wallMs: number,
): SourceError {
  const waitMs = serverWaitMs(headers, wallMs);
  if (status === 407) {
    const text = localized('The proxy asks for a user name and password (407).');
    return new SourceError('next', new AsrError('proxy', text));
  }
  if (status === 429) {
    const text = localized('{0} limits how often it may be asked.', host);
    const details = { host, ...defined({ retryAfterMs: waitMs }) };
    return new SourceError('retry', new AsrError('rateLimited', text, { details }), waitMs);
  }
  // Network Authentication Required (RFC 6585): by the network between, not by the server.
  if (status === 511) return signInPage(host);
  if (isTemporary(status)) {
    const text = localized('{0} has a problem of its own ({1}).', host, status);
    return hostError('retry', 'network', text, host, waitMs);
  }
  if (redirected) {
    const text = localized('{0} refuses the address that it was asked at ({1}).', host, status);
    return hostError('again', 'network', text, host);
  }
  const known = sourceRefusal(status, headers, host);
  if (known !== undefined) return new SourceError('next', known);
  return hostError(
    'next',
    'unsupported',
    localized('{0} refuses the request ({1}).', host, status),
    host,
  );
}
