import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpError } from './httpError';

/** The part of a request that the guards inspect. */
export interface GuardedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** The rules for requests that are let in. */
export interface GuardRules {
  readonly token: string;
  /** Origins of web pages that may call, such as `http://localhost:3000`; compared exactly. */
  readonly allowedOrigins: readonly string[];
}

/** The only route without a token. */
export const openPath = '/api/status';
/** The only route that takes the token in its query, because a browser sets no header for a WebSocket or EventSource. */
export const pushPath = '/api/events';

const loopbackHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * The refusal of a request, or undefined. In this order: a `Host` that is not loopback (a name that was rebound to this
 * computer), a web page that may not call, a missing or wrong token, a body that a plain form could send.
 */
export function refusalOf(request: GuardedRequest, rules: GuardRules): HttpError | undefined {
  return (
    foreignHost(request.headers) ??
    foreignOrigin(request.headers, rules.allowedOrigins) ??
    wrongToken(request, rules.token) ??
    wrongContentType(request)
  );
}

/** The refusal of a preflight, which carries no token. */
export function preflightRefusal(
  { headers }: GuardedRequest,
  rules: GuardRules,
): HttpError | undefined {
  return foreignHost(headers) ?? foreignOrigin(headers, rules.allowedOrigins);
}

function foreignHost({ host }: IncomingHttpHeaders): HttpError | undefined {
  if (host !== undefined && loopbackHost.test(host)) return undefined;
  return new HttpError(
    421,
    'unsupported',
    'This server answers for localhost, 127.0.0.1 and [::1] alone.',
  );
}

function foreignOrigin(
  headers: IncomingHttpHeaders,
  allowed: readonly string[],
): HttpError | undefined {
  const { origin } = headers;
  if (origin !== undefined) {
    if (isAllowedOrigin(origin, allowed)) return undefined;
    return new HttpError(
      403,
      'auth',
      'Web pages of this origin may not call. Add it to the setting asr.server.allowedOrigins.',
    );
  }
  // A page's image or script comes without an origin; a browser says at least that another site asked for it.
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'none' || site === 'same-origin') return undefined;
  return new HttpError(403, 'auth', 'Web pages may not call without naming their origin.');
}

/** Whether pages of an origin may call. `null` (a sandboxed page, a local file) and `*` never count. */
export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  return origin !== 'null' && origin !== '*' && allowed.includes(origin);
}

function wrongToken(request: GuardedRequest, token: string): HttpError | undefined {
  const { method, path, headers, query } = request;
  if (path === openPath && method === 'GET') return undefined;
  const bearer = /^Bearer +([\x21-\x7e]+)$/i.exec(headers.authorization ?? '')?.[1];
  const given = bearer ?? (path === pushPath ? (query.get('token') ?? undefined) : undefined);
  if (given !== undefined && isSame(given, token)) return undefined;
  const where = 'It is in ~/.asr-models/server.json and, in the editor, in ASR_MODELS_TOKEN.';
  return new HttpError(
    401,
    'auth',
    given === undefined
      ? `Send the server's token as "Authorization: Bearer …". ${where}`
      : `This is not the server's token. ${where}`,
    { 'WWW-Authenticate': 'Bearer' },
  );
}

/** Compares in a time that does not depend on where the texts differ, nor on their length. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** A form of a web page can send three types of body without asking; none of them is taken, but multipart with a token. */
function wrongContentType({ method, path, headers }: GuardedRequest): HttpError | undefined {
  if (method !== 'POST') return undefined;
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const isEmpty = headers['content-length'] === '0' || !hasBody(headers);
  if (type === undefined && isEmpty) return undefined;
  const expected = path.startsWith('/v1/audio/') ? 'multipart/form-data' : 'application/json';
  if (type === expected) return undefined;
  return new HttpError(415, 'unsupported', `Send the body as ${expected}.`);
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}
