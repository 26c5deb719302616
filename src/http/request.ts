import { parseUrl } from '../common/parseUrl';
import { AsrError } from '../common/asrError';
import { byteText } from '../common/byteText';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import type { ErrorCode } from '../protocol/errorCode';
import { isLoopback, mayCarry, type OriginToken } from './origin';
import type { Transport, TransportResponse } from './transport';

/** One question whose redirects are followed, for answers of moderate size (JSON, a catalog). */
interface FollowedRequest {
  readonly url: string;
  /** Goes to its own origin only; a redirect elsewhere is asked without it. */
  readonly token?: OriginToken | undefined;
  readonly userAgent: string;
  /** The tag of a copy that is here: the answer is 304 when that has not changed. */
  readonly ifNoneMatch?: string | undefined;
  readonly signal: AbortSignal;
  /** How long the head of each answer may take, in milliseconds. */
  readonly headTimeoutMs: number;
  /** Throws when an address must not be asked; called with the first one and with that of every redirect. */
  readonly check?: (url: URL) => void;
}

/** The answer at the end of the redirects. */
interface FollowedResponse {
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
 * The one address of a `Location` header as it is meant. Header values reach us as one character a byte; servers send paths
 * and names of hosts in raw UTF-8 nevertheless (docs/hub-protocol.md section 2.3). A header that comes twice arrives joined
 * by a comma: equal ones count once. Undefined when there is none, `several` when they differ.
 */
function locationText(
  header: string | undefined,
): { readonly text: string } | 'several' | undefined {
  const raw = header?.trim() ?? '';
  if (raw === '') return undefined;
  const text = fromUtf8(raw);
  const parts = text.split(/, (?=[a-z][a-z0-9+.-]*:|\/)/i);
  const [first = ''] = parts;
  if (parts.every((part) => part === first)) return { text: first };
  return parts.every((part) => /^[a-z][a-z0-9+.-]*:/i.test(part)) ? 'several' : { text };
}

function fromUtf8(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1) || /[^\0-\xff]/.test(latin1)) return latin1;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
}

/**
 * Where a redirect leads, or the error when it must not be followed: without one address of http or https, or when it gives
 * up encryption. Plain http is followed to this machine itself, or when neither the first address nor the one that
 * redirects was encrypted. A user name and a password in the address are left out: a redirect gives us no credentials.
 */
export function redirectTarget(
  first: URL,
  from: URL,
  location: string | undefined,
): URL | AsrError {
  const { host } = from;
  const refuse = (message: LocalizedMessage, code: ErrorCode = 'unsupported'): AsrError =>
    new AsrError(code, message, { details: { host } });
  const read = locationText(location);
  if (read === undefined) return refuse(localized('{0} redirects without saying where to.', host));
  if (read === 'several') {
    return refuse(localized('{0} redirects to several addresses at once.', host));
  }
  const to = parseUrl(read.text, from.href);
  if (to === undefined) {
    return refuse(localized('{0} redirects to an address that can’t be read.', host));
  }
  to.username = '';
  to.password = '';
  to.hash = '';
  if (to.protocol === 'https:') return to;
  if (to.protocol !== 'http:') {
    return refuse(
      localized('{0} redirects to an address that is not of the web ({1}).', host, to.protocol),
    );
  }
  const wasPlain = first.protocol === 'http:' && from.protocol === 'http:';
  if (wasPlain || isLoopback(to.hostname)) return to;
  return refuse(localized('{0} redirects to an address without encryption.', host), 'tls');
}

/**
 * Asks for JSON and follows redirects, so that the token goes to its own origin only (docs/hub-protocol.md
 * section 2.3). Rejects as the transport does, as `check` does, and as {@link redirectTarget} says, and with
 * `unsupported` for redirects in circles.
 */
export async function requestFollowing(
  transport: Transport,
  { url, token, userAgent, ifNoneMatch, signal, headTimeoutMs, check }: FollowedRequest,
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
        ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
        ...(tokenSent ? { authorization: `Bearer ${token.token}` } : {}),
      },
      signal,
      headTimeoutMs,
    });
    if (!isRedirect(response.status)) return { url: at, response, tokenSent };
    response.discard();
    const next = redirectTarget(first, at, response.headers['location']);
    if (next instanceof AsrError) throw next;
    at = next;
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
