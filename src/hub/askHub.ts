import { AsrError, Cancelled, isAsrError, isCancellation, toAsrError } from '../common/asrError';
import type { Clock } from '../common/clock';
import { parseJson } from '../common/json';
import { localized } from '../common/localizedMessage';
import { isSendableToken, type HubToken } from '../common/hubEnvironment';
import { backoffMs, isTemporary, mayHelpWithoutToken } from '../http';
import { defined } from '../protocol/defined';
import type { HubClientOptions } from './hubClient';
import { exchange, type ExchangeAnswer } from './hubExchange';
import { damagedToken, isBadToken, refusalError, type Refusal } from './hubRefusal';

interface Question {
  readonly url: string;
  readonly repo?: string;
  readonly revision?: string;
  readonly pageUrl?: string;
  /** Used instead of the configured one, and not given up when it is refused. */
  readonly token?: HubToken;
  /** The Hub has refused the configured one a moment ago. */
  readonly withoutToken?: boolean;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly value: unknown;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The token was refused, and this is the answer without it. */
  readonly refusedToken?: AsrError;
}

/** A page for a browser instead of the Hub's JSON: a sign-in page, a filter, or a server that is no Hub. */
function isWebPage({ headers, text }: ExchangeAnswer): boolean {
  const fromHub = headers['x-error-code'] !== undefined || headers['x-request-id'] !== undefined;
  return (
    (!fromHub && /\btext\/html\b/i.test(headers['content-type'] ?? '')) ||
    /^\s*<(?:!doctype|html|head|body)\b/i.test(text)
  );
}

/** Something between us and the Hub answered in its place. */
class WebPageError extends AsrError {}

/** Whether an error says nothing of what was asked: the far end was not reached, or has a problem of its own. */
export function isUnreachable(error: unknown): boolean {
  return (
    error instanceof WebPageError ||
    (isAsrError(error) && ['network', 'proxy', 'tls', 'stalled'].includes(error.code))
  );
}

function webPageError({ url, status }: ExchangeAnswer): AsrError {
  return new WebPageError(
    'unsupported',
    localized(
      '{0} answered with a web page ({1}) instead of the Hub’s data. A sign-in page of the network may be in the way, or the address is not a Hub’s.',
      url.host,
      status,
    ),
    { details: { host: url.host } },
  );
}

function refusalOf(
  answer: ExchangeAnswer,
  question: Question,
  token: HubToken | undefined,
  wallMs: number,
): Refusal {
  const { status, headers, url, tokenSent } = answer;
  const { repo, revision, pageUrl } = question;
  return {
    status,
    headers,
    text: answer.text.slice(0, 10_000),
    host: url.host,
    ...defined({ repo, revision, pageUrl, token: tokenSent ? token?.place : undefined }),
    wallMs,
  };
}

/** The waits between tries and how often, the same as in the Hub's own client (docs/hub-protocol.md section 3.3). */
const backoff = { baseMs: 1000, maxMs: 8000 };
const defaultRetries = 5;

/** Tries after the first when the far end was never reached: a person waits, and it is likely not there. */
const retriesWithoutContact = 1;

/** The longest wait before a retry; an error that asks for a longer one is reported, with the length of the wait. */
const longestSilentWaitMs = 30_000;

interface FailedTry {
  /** 1 for the first try. */
  readonly attempt: number;
  readonly error: AsrError;
  /** Whether the far end has answered anything in this operation. */
  readonly reached: boolean;
  /** Of the answer, when there was one. */
  readonly status?: number;
  readonly maxRetries?: number;
}

/**
 * The wait before the next try of a listing, in milliseconds; undefined when another try is useless. Lost connections,
 * silence and statuses that pass are retried (`isTemporary`; docs/hub-protocol.md section 3.3). Refusals by
 * a proxy or of a certificate are not, because time does not mend them.
 */
export function retryDelayMs({
  attempt,
  error,
  reached,
  status,
  maxRetries = defaultRetries,
}: FailedTry): number | undefined {
  const retryable =
    status === undefined
      ? error.code === 'network' || error.code === 'stalled'
      : isTemporary(status) || status === 429;
  if (!retryable) return undefined;
  if (!reached && attempt > Math.min(retriesWithoutContact, maxRetries - 1)) return undefined;
  if (attempt > maxRetries) return undefined;
  const wanted = error.details.retryAfterMs ?? backoffMs(attempt, backoff);
  return wanted > longestSilentWaitMs ? undefined : wanted;
}

/** Waits `delayMs`; rejects with `Cancelled` at once when the signal is aborted. */
function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Cancelled());
      return;
    }
    const timer = clock.after(delayMs, () => {
      signal.removeEventListener('abort', cancel);
      resolve();
    });
    function cancel(): void {
      timer.dispose();
      reject(new Cancelled());
    }
    signal.addEventListener('abort', cancel, { once: true });
  });
}

/**
 * Asks the Hub for JSON, as often as the retry rule allows. A token that is refused is left out once: the Hub refuses a
 * wrong one even for public repositories, and an expired token must not hide those (docs/hub-protocol.md section 3.1).
 */
export async function askHub(options: HubClientOptions, question: Question): Promise<Answer> {
  const { transport, clock, logger, userAgent } = options;
  const { url, maxBytes, signal } = question;
  const tokenOrigin = new URL(options.endpoint).origin;
  let withoutToken: AsrError | undefined;
  let isTokenBad = false;
  let reached = false;

  for (let attempt = 1; ; attempt += 1) {
    if (signal.aborted) throw new Cancelled();
    let error: AsrError;
    let status: number | undefined;
    try {
      const token =
        withoutToken === undefined && question.withoutToken !== true
          ? (question.token ?? (await options.token(tokenOrigin)))
          : undefined;
      if (token !== undefined && !isSendableToken(token.token)) {
        withoutToken = damagedToken(token.place);
        isTokenBad = true;
        if (question.token !== undefined) throw withoutToken;
        logger.warn(`hub: ${withoutToken.message} Asking without it.`);
        continue;
      }
      const answer = await exchange(transport, clock, logger, {
        url,
        token: token === undefined ? undefined : { token: token.token, origin: tokenOrigin },
        userAgent,
        maxBytes,
        signal,
      });
      reached = true;
      status = answer.status;
      const isSuccess = status >= 200 && status < 300;
      if ((status < 500 || status === 511) && isWebPage(answer)) throw webPageError(answer);
      if (isSuccess) {
        const value = parseJson(answer.text);
        if (value === undefined) throw webPageError(answer);
        const refusedToken = isTokenBad ? withoutToken : undefined;
        return { value, url: answer.url, headers: answer.headers, ...defined({ refusedToken }) };
      }
      const refusal = refusalOf(answer, question, token, clock.wallMs());
      error = refusalError(refusal);
      if (question.token === undefined && answer.tokenSent && mayHelpWithoutToken(answer)) {
        logger.warn(`hub: ${answer.url.host} refused the token; asking once without it`);
        logger.warn(`hub: ${error.message}`);
        withoutToken = error;
        isTokenBad = isBadToken(refusal);
        continue;
      }
    } catch (thrown) {
      if (isCancellation(thrown)) throw thrown;
      error = toAsrError(thrown);
    }
    const delayMs = retryDelayMs({
      attempt,
      error,
      reached,
      ...defined({ status, maxRetries: options.maxRetries }),
    });
    if (delayMs === undefined) throw refusedTwice(error, withoutToken);
    logger.info(`hub: ${error.message} Trying again in ${delayMs} ms (try ${attempt + 1}).`);
    await wait(clock, delayMs, signal);
  }
}

/** When the repository is not public either, the refusal of the token is what a person has to mend. */
function refusedTwice(error: AsrError, withToken: AsrError | undefined): AsrError {
  const hidden = error.code === 'notFound' || error.code === 'gated' || error.code === 'auth';
  return withToken !== undefined && hidden ? withToken : error;
}
