/** The facts in an address about the machine that it leads to: names, ports, and whether the connection is secure. */

import { parseUrl } from '../common/parseUrl';

/** The host (with its port, when it has one of its own) of an address, for messages; never its query. */
export function hostOf(url: string): string {
  return parseUrl(url)?.host ?? url.replace(/[?#].*$/s, '');
}

/** The name or the address of a host as sockets take it: an IPv6 address without its brackets. */
export function hostName(url: URL): string {
  return withoutBrackets(url.hostname);
}

/** The port of an address, the protocol's own when it names none. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

/** An IPv4 address as a number; undefined for anything else. */
function ipv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts?.every((part) => part <= 255) !== true) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Whether a host is this machine itself. A name such as `127.example.org` is another machine's. */
export function isLoopback(hostname: string): boolean {
  const name = withoutBrackets(hostname);
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (ipv4(name) !== undefined && name.startsWith('127.'))
  );
}

/** Whether the network between can't read along: https, or plain http that does not leave this machine. */
export function isSecure(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/** A token and the only origin that may receive it. */
export interface OriginToken {
  readonly token: string;
  readonly origin: string;
}

/** Whether a request to this address may carry the token: its own origin, over a secure connection. */
export function mayCarry(token: OriginToken | undefined, url: URL): token is OriginToken {
  return token?.origin === url.origin && isSecure(url);
}

/**
 * Whether a request that carried a token and got this answer may succeed without it: 401, and 403 where the Hub does not
 * name another reason. A wrong token is refused even where none is needed (docs/hub-protocol.md section 3.1).
 */
export function mayHelpWithoutToken({
  status,
  headers,
}: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}): boolean {
  return status === 401 || (status === 403 && headers['x-error-code'] === undefined);
}
