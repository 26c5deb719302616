import net from 'node:net';
import { parseUrl } from '../common/parseUrl';
import { ConnectFailure, unusableProxy } from './failure';
import { hostName, isLoopback, portOf } from './origin';

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

/** Whether an address lies in a range such as `10.0.0.0/8` or `2001:db8::/32`, or is the one that a pattern names. */
function isInRange(host: string, pattern: string): boolean {
  const [network = '', bits] = pattern.split('/');
  const family = net.isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (net.isIP(network) === 0 || net.isIP(host) !== net.isIP(network)) return false;
  const most = family === 'ipv6' ? 128 : 32;
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)) return false;
  const range = new net.BlockList();
  range.addSubnet(network, bits === undefined ? most : Number(bits), family);
  return range.check(host, family);
}

/** `*` stands for anything; a name stands for its subdomains too. */
function isNamed(host: string, pattern: string): boolean {
  const name = pattern.replace(/^\*?\./, '');
  if (host === name || host.endsWith(`.${name}`)) return true;
  if (!pattern.includes('*')) return false;
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(host);
}

/** Without the dot at the end that marks a name as complete. */
function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}

/** [::1]:8080, [2001:db8::]/32, name:8080, https://name; an IPv6 address without brackets has no port. */
const patternParts = /^(?:(https?):\/\/)?(?:\[([^\]]*)\](\/\d+)?|([^:]*))(?::(\d+))?$/;

function matches(url: URL, text: string): boolean {
  const [, scheme, address, bits = '', name = text, port] = patternParts.exec(text) ?? [];
  if (scheme !== undefined && `${scheme}:` !== url.protocol) return false;
  if (port !== undefined && Number(port) !== portOf(url)) return false;
  const host = withoutDot(hostName(url));
  const pattern = withoutDot(address === undefined ? name : address + bits);
  if (pattern === '') return false;
  if (pattern === '<local>') return net.isIP(host) === 0 && !host.includes('.');
  return isInRange(host, pattern) || (!pattern.includes('/') && isNamed(host, pattern));
}

/**
 * Whether `NO_PROXY`'s patterns exempt this address: names with their subdomains, `*` anywhere, ports, IPv4 and IPv6
 * ranges, `<local>` for names without a dot; separated by commas, semicolons or spaces.
 */
export function bypassesProxy(url: URL, noProxy: readonly string[]): boolean {
  return noProxy.some((entry) =>
    entry
      .toLowerCase()
      .split(/[\s,;]+/)
      .some((text) => matches(url, text)),
  );
}

/**
 * The proxy that a request to `url` must go through, or undefined for a direct connection. Throws a
 * {@link ConnectFailure} for settings that can't be used: a direct connection is not what they ask for.
 */
export function proxyFor(url: URL, network: NetworkSettings): Proxy | undefined {
  const proxyUrl = network.proxyUrl?.trim() ?? '';
  if (proxyUrl === '' || bypassesProxy(url, network.noProxy)) return undefined;
  const address = proxyUrl.includes('://') ? proxyUrl : `http://${proxyUrl}`;
  const proxy = parseUrl(address);
  // Tests and debugging tools listen on this machine: a proxy here is used for this machine's own addresses too.
  const isHere = proxy !== undefined && isLoopback(proxy.hostname);
  if (isLoopback(url.hostname) && !isHere) return undefined;
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol)) {
    throw new ConnectFailure(unusableProxy(proxyUrl));
  }
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

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
