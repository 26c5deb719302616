import net from 'node:net';
import tls from 'node:tls';
import { defined } from '../protocol/defined';
import { ConnectFailure, proxyRefusal, proxyUnreachable, transportFailure } from './failure';
import type { NetworkSettings } from './networkSettings';
import { proxyFor, type Proxy } from './proxyRule';
import { ready, tunnelStatus } from './socketEvents';
import { systemCertificates } from './systemCertificates';

/**
 * Opens the socket that a request to an address is written to: direct, or through the proxy's tunnel. With `onread` it
 * reads into memory of the caller's, except inside a tunnel, where it emits `data`. Aborted, it leaves no socket behind.
 */
export type OpenSocket = (
  url: URL,
  onread?: net.OnReadOpts,
  signal?: AbortSignal,
) => Promise<net.Socket>;

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function nameOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** What a server's certificate is refused with when its authority is not among those that are trusted. */
const unknownAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
]);

/**
 * One opener for one set of {@link NetworkSettings}. Rejects with `network`, `proxy` or `tls`, the right host named. The
 * machine's own certificates take time to read: they are looked at when a certificate is refused, and kept from then on.
 */
export function createSocketOpener(
  network: NetworkSettings,
  ofThisMachine: () => readonly string[] = systemCertificates,
): OpenSocket {
  let secureContext =
    network.extraCertificates.length === 0 ? undefined : contextWith(network.extraCertificates);
  let mayAskMachine = network.systemCertificates === true && network.strictTls;
  const sessions = new Map<string, Buffer>();

  async function secure(
    url: URL,
    through: net.Socket | undefined,
    onread: net.OnReadOpts | undefined,
    signal: AbortSignal | undefined,
  ): Promise<net.Socket> {
    const key = url.host;
    const session = sessions.get(key);
    const name = nameOf(url);
    const socket = tls.connect({
      ...(through === undefined
        ? { host: name, port: portOf(url), autoSelectFamily: true }
        : { socket: through }),
      ...(net.isIP(name) === 0 ? { servername: name } : { host: name }),
      ...defined({ secureContext, session }),
      ...(onread === undefined || through !== undefined ? {} : { onread }),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: network.strictTls,
    });
    socket.on('session', (ticket) => sessions.set(key, ticket));
    socket.once('error', () => sessions.delete(key));
    await ready(socket, 'secureConnect', signal);
    return socket;
  }

  async function plain(
    url: URL,
    onread: net.OnReadOpts | undefined,
    signal: AbortSignal | undefined,
  ): Promise<net.Socket> {
    const socket = net.connect({
      host: nameOf(url),
      port: portOf(url),
      autoSelectFamily: true,
      ...defined({ onread }),
    });
    await ready(socket, 'connect', signal);
    socket.setNoDelay(true);
    return socket;
  }

  async function toProxy(
    proxy: Proxy,
    onread: net.OnReadOpts | undefined,
    signal: AbortSignal | undefined,
  ): Promise<net.Socket> {
    try {
      return await (proxy.url.protocol === 'https:'
        ? secure(proxy.url, undefined, onread, signal)
        : plain(proxy.url, onread, signal));
    } catch (error) {
      throw proxyUnreachable(error, proxy.host);
    }
  }

  async function tunnel(
    proxy: Proxy,
    url: URL,
    signal: AbortSignal | undefined,
  ): Promise<net.Socket> {
    const socket = await toProxy(proxy, undefined, signal);
    const target = `${url.hostname}:${String(portOf(url))}`;
    const authorization =
      proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`);
    let status: number;
    try {
      status = await tunnelStatus(socket, signal);
    } catch (error) {
      socket.destroy();
      throw proxyUnreachable(error, proxy.host);
    }
    if (status === 200) return socket;
    socket.destroy();
    throw proxyRefusal(proxy.host, status);
  }

  async function open(
    url: URL,
    onread: net.OnReadOpts | undefined,
    signal: AbortSignal | undefined,
  ): Promise<net.Socket> {
    const proxy = proxyFor(url, network);
    if (url.protocol === 'https:') {
      const through = proxy === undefined ? undefined : await tunnel(proxy, url, signal);
      return secure(url, through, onread, signal);
    }
    return proxy === undefined ? plain(url, onread, signal) : toProxy(proxy, onread, signal);
  }

  /** Whether another try makes sense, because more authorities are trusted than when this one began. */
  function trustsMoreNow(error: unknown, before: tls.SecureContext | undefined): boolean {
    if (!isUnknownAuthority(error)) return false;
    if (mayAskMachine) {
      mayAskMachine = false;
      const found = ofThisMachine();
      if (found.length > 0) secureContext = contextWith([...network.extraCertificates, ...found]);
    }
    return secureContext !== before;
  }

  return async (url, onread, signal) => {
    const before = secureContext;
    try {
      return await open(url, onread, signal).catch((error: unknown) => {
        if (!trustsMoreNow(error, before)) throw error;
        return open(url, onread, signal);
      });
    } catch (error) {
      throw new ConnectFailure(transportFailure(error, url.host));
    }
  };
}

function contextWith(certificates: readonly string[]): tls.SecureContext {
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...certificates] });
}

function isUnknownAuthority(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return (
    (typeof code === 'string' && unknownAuthority.has(code)) || isUnknownAuthority(error.cause)
  );
}
