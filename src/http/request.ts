import { AsrError } from '../common/asrError';
import { byteText } from '../common/byteText';
import { localized } from '../common/localizedMessage';
import { isLoopback, mayCarry, type OriginToken } from './origin';
import type { Transport, TransportResponse } from './transport';

/** One question whose redirects are followed, for answers of moderate size (JSON, a catalog). */
export interface FollowedRequest {
  readonly url: string;
  /** Goes to its own origin only; a redirect elsewhere is asked without it. */
  readonly token?: OriginToken | undefined;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** How long the head of each answer may take, in milliseconds. */
  readonly headTimeoutMs: number;
  /** Throws when an address must not be asked; called with the first one and with that of every redirect. */
  readonly check?: (url: URL) => void;
}

/** The answer at the end of the redirects. */
export interface FollowedResponse {
  readonly url: URL;
  readonly response: TransportResponse;
  readonly tokenSent: boolean;
}

/** Redirects followed for one question: a renamed repository is one, a mirror that points back another. */
const maxRedirects = 5;

/** Whether a status asks for another address. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/**
 * Where a redirect leads, or why it must not be followed. `unusable`: it names no address of http or https. `insecure`:
 * it gives up encryption: plain http is followed to this machine itself, or when neither the first address nor the one
 * that redirects was encrypted.
 */
export function redirectTarget(
  first: URL,
  from: URL,
  location: string | undefined,
): URL | 'unusable' | 'insecure' {
  if (location === undefined || !URL.canParse(location, from.href)) return 'unusable';
  const to = new URL(location, from);
  if (to.protocol === 'https:') return to;
  if (to.protocol !== 'http:') return 'unusable';
  const wasPlain = first.protocol === 'http:' && from.protocol === 'http:';
  return wasPlain || isLoopback(to.hostname) ? to : 'insecure';
}

function nextAddress(first: URL, from: URL, location: string | undefined): URL {
  const to = redirectTarget(first, from, location);
  const { host } = from;
  if (to === 'unusable') {
    const text = localized('{0} sent a redirect without a usable address.', host);
    throw new AsrError('unsupported', text, { details: { host } });
  }
  if (to === 'insecure') {
    const text = localized('{0} redirects to an insecure address, which is refused.', host);
    throw new AsrError('unsupported', text, { details: { host } });
  }
  return to;
}

/**
 * Asks for JSON and follows redirects, so that the token goes to its own origin only (docs/hub-protocol.md
 * section 2.3). Rejects as the transport does, as `check` does, and with `unsupported` for redirects that lead nowhere,
 * in circles, or away from encryption.
 */
export async function requestFollowing(
  transport: Transport,
  { url, token, userAgent, signal, headTimeoutMs, check }: FollowedRequest,
): Promise<FollowedResponse> {
  const first = new URL(url);
  let at = first;
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    check?.(at);
    const tokenSent = mayCarry(token, at);
    const response = await transport.request({
      url: at.href,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': userAgent,
        ...(tokenSent ? { authorization: `Bearer ${token.token}` } : {}),
      },
      signal,
      headTimeoutMs,
    });
    if (!isRedirect(response.status)) return { url: at, response, tokenSent };
    response.discard();
    at = nextAddress(first, at, response.headers['location']);
  }
  throw new AsrError('unsupported', localized('{0} redirects in circles.', at.host), {
    details: { host: at.host },
  });
}

/**
 * The whole body as UTF-8 text. A body longer than `maxBytes` is cut off and rejects with `unsupported`: an answer
 * from outside decides neither how much memory nor how much time it takes.
 */
export async function readText(
  response: Pick<TransportResponse, 'body'>,
  maxBytes: number,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.byteLength;
    if (bytes > maxBytes) {
      throw new AsrError(
        'unsupported',
        localized(
          'The server’s answer is longer than {0}, which can’t be right.',
          byteText(maxBytes),
        ),
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts, bytes).toString('utf8');
}
