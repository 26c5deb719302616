import net from 'node:net';
import tls from 'node:tls';
import { ConnectFailure, proxyRefusal, proxyUnreachable, transportFailure } from './failure';
import type { NetworkSettings } from './networkSettings';
import { proxyFor, type Proxy } from './proxyRule';
import { ready, tunnelStatus } from './socketEvents';

/** Opens the socket that a request to an address is written to: direct, or through the proxy's tunnel. */
export type OpenSocket = (url: URL) => Promise<net.Socket>;

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function nameOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** One opener for one set of {@link NetworkSettings}. Rejects with `network`, `proxy` or `tls`, the right host named. */
export function createSocketOpener(network: NetworkSettings): OpenSocket {
  const secureContext =
    network.extraCertificates.length === 0
      ? undefined
      : tls.createSecureContext({ ca: [...tls.rootCertificates, ...network.extraCertificates] });
  const sessions = new Map<string, Buffer>();

  async function secure(url: URL, through: net.Socket | undefined): Promise<net.Socket> {
    const key = url.host;
    const session = sessions.get(key);
    const name = nameOf(url);
    const socket = tls.connect({
      ...(through === undefined
        ? { host: name, port: portOf(url), autoSelectFamily: true }
        : { socket: through }),
      ...(net.isIP(name) === 0 ? { servername: name } : { host: name }),
      ...(secureContext === undefined ? {} : { secureContext }),
      ...(session === undefined ? {} : { session }),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: network.strictTls,
    });
    socket.on('session', (ticket) => sessions.set(key, ticket));
    socket.once('error', () => sessions.delete(key));
    await ready(socket, 'secureConnect');
    return socket;
  }

  async function plain(url: URL): Promise<net.Socket> {
    const socket = net.connect({ host: nameOf(url), port: portOf(url), autoSelectFamily: true });
    await ready(socket, 'connect');
    socket.setNoDelay(true);
    return socket;
  }

  async function toProxy(proxy: Proxy): Promise<net.Socket> {
    try {
      return await (proxy.url.protocol === 'https:'
        ? secure(proxy.url, undefined)
        : plain(proxy.url));
    } catch (error) {
      throw proxyUnreachable(error, proxy.host);
    }
  }

  async function tunnel(proxy: Proxy, url: URL): Promise<net.Socket> {
    const socket = await toProxy(proxy);
    const target = `${url.hostname}:${String(portOf(url))}`;
    const authorization =
      proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`);
    let status: number;
    try {
      status = await tunnelStatus(socket);
    } catch (error) {
      socket.destroy();
      throw proxyUnreachable(error, proxy.host);
    }
    if (status === 200) return socket;
    socket.destroy();
    throw proxyRefusal(proxy.host, status);
  }

  return async (url) => {
    try {
      const proxy = proxyFor(url, network);
      if (url.protocol === 'https:') {
        return await secure(url, proxy === undefined ? undefined : await tunnel(proxy, url));
      }
      return await (proxy === undefined ? plain(url) : toProxy(proxy));
    } catch (error) {
      throw new ConnectFailure(transportFailure(error, url.host));
    }
  };
}
