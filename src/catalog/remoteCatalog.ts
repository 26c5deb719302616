import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import { readText, type Transport } from '../http';

/** The built-in catalog, with hundreds of models, is a fraction of this. */
export const maxCatalogBytes = 5_000_000;
const maxRedirects = 5;
const headTimeoutMs = 10_000;

/** Whether a catalog may come from this address: https, or http that does not leave this machine; no password in it. */
export function isAllowedAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '') return false;
  const isLoopback =
    hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}

/**
 * Fetches a catalog's text, at most 5 MB, redirects followed by hand. No credential is ever sent. Rejects with
 * `notFound`, `unsupported` or as the transport does.
 */
export async function fetchCatalog(
  transport: Transport,
  address: string,
  userAgent: string,
  signal: AbortSignal,
): Promise<string> {
  let at = address;
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    if (!isAllowedAddress(at)) {
      throw new AsrError('unsupported', localized('A catalog’s address must begin with https://.'));
    }
    const { host } = new URL(at);
    const response = await transport.request({
      url: at,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': userAgent,
      },
      signal,
      headTimeoutMs,
    });
    const location = response.headers['location'];
    if ([301, 302, 303, 307, 308].includes(response.status) && location !== undefined) {
      response.discard();
      at = URL.canParse(location, at) ? new URL(location, at).href : '';
      continue;
    }
    if (response.status === 200) return readText(response, maxCatalogBytes);
    response.discard();
    const code = response.status === 404 || response.status === 410 ? 'notFound' : 'network';
    throw new AsrError(
      code,
      localized('{0} answered with status {1} instead of a catalog.', host, response.status),
      {
        details: { host },
      },
    );
  }
  throw new AsrError('unsupported', localized('The catalog’s address redirects in circles.'));
}
