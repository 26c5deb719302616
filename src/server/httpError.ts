import { isAsrError, isCancellation } from '../common/asrError';
import type { LocalizedMessage } from '../common/localizedMessage';
import { defined } from '../protocol/defined';
import type { ErrorCode } from '../protocol/errorCode';

/** Seconds after which a refused request may be tried again. */
const retryAfterSeconds = 5;

/** A refusal of the server itself: a status, a code of the closed list, and an English sentence for a programmer. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** A refusal for now: 429 for one client too many, 503 for a server that can't at the moment. */
export function tryLater(status: 429 | 503, message: string): HttpError {
  return new HttpError(status, 'rateLimited', message, {
    'Retry-After': String(retryAfterSeconds),
  });
}

/**
 * The status for each code of the core. A hub that refuses is no 401, which would speak of this server's own token.
 * Clients repeat a request after 408, 409, 429 and 5xx, so an error that a repetition can't mend has none of these.
 */
const statusOf: Readonly<Record<ErrorCode, number>> = {
  network: 502,
  proxy: 502,
  tls: 502,
  auth: 403,
  gated: 403,
  notFound: 404,
  rateLimited: 503,
  diskSpace: 507,
  diskPermission: 500,
  integrity: 422,
  stalled: 504,
  unsupported: 400,
  runtime: 500,
  unknown: 500,
};

/** The answer to a client for a failure. */
interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: { readonly code: ErrorCode; readonly message: string } };
}

/** Turns any rejection into an answer. What is neither refusal nor {@link AsrError} keeps its text for the log. */
export function errorAnswer(
  error: unknown,
  localise: (text: LocalizedMessage) => string,
): ErrorAnswer {
  if (error instanceof HttpError) {
    const { status, code, message, headers } = error;
    return { status, headers, body: { error: { code, message } } };
  }
  if (isCancellation(error)) {
    return errorAnswer(
      tryLater(503, 'The work was cancelled in the editor. Ask again if it is still wanted.'),
      localise,
    );
  }
  if (isAsrError(error)) {
    const { code, localizedMessage, details } = error;
    const waitMs = details.retryAfterMs ?? (code === 'rateLimited' ? 60_000 : undefined);
    const wait = waitMs === undefined ? undefined : String(Math.ceil(waitMs / 1000));
    return {
      status: details.isBusyElsewhere === true ? 409 : statusOf[code],
      headers: defined({ 'Retry-After': wait }),
      body: { error: { code, message: localise(localizedMessage) } },
    };
  }
  const message = 'Something unexpected went wrong. "ASR: Show Log" has the details.';
  return { status: 500, headers: {}, body: { error: { code: 'unknown', message } } };
}
