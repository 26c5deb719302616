import { AsrError } from '../common/asrError';
import type { Clock } from '../common/clock';
import { localized } from '../common/localizedMessage';
import type { Transport } from '../http';
import { readAnswerText } from './answerBody';
import { isSafeForToken } from './hubAddress';

/** Redirects followed for one question: a renamed repository is one, a mirror that points back another. */
const maxRedirects = 5;
const headTimeoutMs = 20_000;

export interface Exchange {
  readonly url: string;
  readonly token: string | undefined;
  /** The only origin that the token goes to. */
  readonly tokenOrigin: string;
  readonly userAgent: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A whole answer, at the end of the redirects. */
export interface ExchangeAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly tokenSent: boolean;
}

function nextHop(from: URL, location: string | undefined): URL {
  const to =
    location === undefined || !URL.canParse(location, from.href)
      ? undefined
      : new URL(location, from);
  if (to === undefined || (to.protocol !== 'https:' && to.protocol !== 'http:')) {
    throw new AsrError(
      'unsupported',
      localized('{0} sent a redirect without a usable address.', from.host),
      { details: { host: from.host } },
    );
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new AsrError(
      'unsupported',
      localized('{0} redirects to an insecure address, which is refused.', from.host),
      { details: { host: from.host } },
    );
  }
  return to;
}

/**
 * Asks once and reads the whole answer. Redirects are followed by hand, so that the token goes to its own origin only
 * (docs/hub-protocol.md section 2.3). Rejects as the transport does, with `stalled` when the body stops, and with
 * `unsupported` for a redirect that leads nowhere, in circles or from https to http.
 */
export async function exchange(
  transport: Transport,
  clock: Clock,
  { url, token, tokenOrigin, userAgent, maxBytes, signal }: Exchange,
): Promise<ExchangeAnswer> {
  let at = new URL(url);
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const tokenSent = token !== undefined && at.origin === tokenOrigin && isSafeForToken(at);
    const response = await transport.request({
      url: at.href,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': userAgent,
        ...(tokenSent ? { authorization: `Bearer ${token}` } : {}),
      },
      signal,
      headTimeoutMs,
    });
    if ([301, 302, 303, 307, 308].includes(response.status)) {
      response.discard();
      at = nextHop(at, response.headers['location']);
      continue;
    }
    const text = await readAnswerText(response, maxBytes, at.host, clock, signal);
    return { url: at, status: response.status, headers: response.headers, text, tokenSent };
  }
  throw new AsrError('unsupported', localized('{0} redirects in circles.', at.host), {
    details: { host: at.host },
  });
}
