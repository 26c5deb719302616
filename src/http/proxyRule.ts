import { hostName, ipv4, isLoopback, portOf } from './origin';

/**
 * How requests reach the network, as plain values that can be handed to a worker: `vscode/` reads them from `http.proxy`,
 * `http.noProxy`, `http.proxyAuthorization`, `http.proxyStrictSSL`, `http.systemCertificates` and the environment.
 */
export interface NetworkSettings {
  /** Address of an HTTP proxy (`http://` or `https://`, credentials allowed); absent: connect directly. */
  readonly proxyUrl?: string;
  /** The value of a `Proxy-Authorization` header, when the person configured one. */
  readonly proxyAuthorization?: string;
  /** Host patterns that bypass the proxy, in `NO_PROXY`'s notation. */
  readonly noProxy: readonly string[];
  /** False accepts any certificate, of the proxy and of servers, as `http.proxyStrictSSL` does. */
  readonly strictTls: boolean;
  /** More certificate authorities, PEM, in addition to Node's own. */
  readonly extraCertificates: readonly string[];
  /** Trust what this machine trusts too, where Node's own list is not enough (`http.systemCertificates`); absent: no. */
  readonly systemCertificates?: boolean;
}

/** A direct connection with the certificates that Node brings. */
export const directNetwork: NetworkSettings = {
  noProxy: [],
  strictTls: true,
  extraCertificates: [],
};

/** A proxy to go through: its address without credentials, and the header that carries them. */
export interface Proxy {
  readonly url: URL;
  /** Host and port, for messages. */
  readonly host: string;
  /** The value of `Proxy-Authorization`, when there are credentials. */
  readonly authorization?: string;
}

interface Pattern {
  readonly host: string;
  readonly port?: string;
}

function parsePattern(text: string): Pattern {
  const trimmed = text.trim().toLowerCase();
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(trimmed);
  const plain = /^([^:]*)(?::(\d+))?$/.exec(trimmed);
  const found = bracketed ?? plain;
  const host = found?.[1] ?? trimmed;
  const port = found?.[2];
  return port === undefined ? { host } : { host, port };
}

function inRange(host: string, pattern: string): boolean {
  const [network = '', bitsText = ''] = pattern.split('/');
  const bits = Number(bitsText);
  const base = ipv4(network);
  const address = ipv4(host);
  if (
    base === undefined ||
    address === undefined ||
    bitsText === '' ||
    !(bits >= 0 && bits <= 32)
  ) {
    return false;
  }
  const size = 2 ** (32 - bits);
  return Math.floor(base / size) === Math.floor(address / size);
}

function matches(url: URL, text: string): boolean {
  const { host: pattern, port } = parsePattern(text);
  if (pattern === '') return false;
  const hostname = hostName(url);
  if (port !== undefined && Number(port) !== portOf(url)) return false;
  if (pattern === '*') return true;
  if (pattern.includes('/')) return inRange(hostname, pattern);
  const suffix = pattern.replace(/^\*?\./, '');
  return hostname === suffix || hostname.endsWith(`.${suffix}`);
}

/** Whether `NO_PROXY`'s patterns (names with their subdomains, `*`, ports, IPv4 ranges) exempt this address. */
export function bypassesProxy(url: URL, noProxy: readonly string[]): boolean {
  return noProxy.some((entry) => entry.split(/[\s,]+/).some((text) => matches(url, text)));
}

/** The proxy that a request to `url` must go through, or undefined for a direct connection. */
export function proxyFor(url: URL, network: NetworkSettings): Proxy | undefined {
  const { proxyUrl } = network;
  if (proxyUrl === undefined || proxyUrl === '') return undefined;
  if (isLoopback(url.hostname) && !isLoopbackProxy(proxyUrl)) return undefined;
  if (bypassesProxy(url, network.noProxy)) return undefined;
  const address = withScheme(proxyUrl);
  if (!URL.canParse(address)) return undefined;
  const proxy = new URL(address);
  const credentials =
    proxy.username === '' ? undefined : `${unescaped(proxy.username)}:${unescaped(proxy.password)}`;
  const authorization =
    network.proxyAuthorization ??
    (credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`);
  proxy.username = '';
  proxy.password = '';
  return {
    url: proxy,
    host: proxy.host,
    ...(authorization === undefined || authorization === '' ? {} : { authorization }),
  };
}

/** Tests and debugging tools listen on this machine: a proxy here is used for this machine's own addresses too. */
function isLoopbackProxy(proxyUrl: string): boolean {
  const address = withScheme(proxyUrl);
  return URL.canParse(address) && isLoopback(new URL(address).hostname);
}

function withScheme(proxyUrl: string): string {
  return proxyUrl.includes('://') ? proxyUrl : `http://${proxyUrl}`;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
