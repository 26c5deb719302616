import type { NetworkSettings } from './networkSettings';

/** A proxy to go through: its address without credentials, and the header that carries them. */
export interface Proxy {
  readonly url: URL;
  /** Host and port, for sentences. */
  readonly host: string;
  /** The value of `Proxy-Authorization`, when there are credentials. */
  readonly authorization?: string;
}

/** Whether a host is this machine itself; such requests never go to a proxy unless somebody listed otherwise. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    // By its form as an address: 127.example.org is somebody else's machine.
    (ipv4(name) !== undefined && name.startsWith('127.'))
  );
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

/** IPv4 as a number; undefined for anything else. */
function ipv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts?.every((part) => part <= 255) !== true) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
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
  const hostname = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const effectivePort = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (port !== undefined && port !== effectivePort) return false;
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
  const address = proxyUrl.includes('://') ? proxyUrl : `http://${proxyUrl}`;
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

/** A proxy on this machine is asked for this machine's own addresses too: it is how tests and debugging tools listen. */
function isLoopbackProxy(proxyUrl: string): boolean {
  const address = proxyUrl.includes('://') ? proxyUrl : `http://${proxyUrl}`;
  return URL.canParse(address) && isLoopback(new URL(address).hostname);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
