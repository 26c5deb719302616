import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { defined } from '../protocol/defined';
import { ConnectFailure, proxyRefusal, proxyUnreachable, transportFailure } from './failure';
import { hostName, portOf } from './origin';
import { proxyFor, type NetworkSettings, type Proxy } from './proxyRule';

/** How a socket is opened: read into the caller's memory where that is possible, and given up when aborted. */
export interface OpenOptions {
  readonly onread?: net.OnReadOpts;
  readonly signal?: AbortSignal;
}

/**
 * A host that takes longer to connect counts as unreachable. The same limit as undici's, so that both clients behave
 * alike.
 */
const connectTimeoutMs = 10_000;
/** A proxy's answer to CONNECT is a short head; anything longer is no proxy. */
const maxTunnelHeadBytes = 16_384;

/** The errors of a server's certificate whose authority is not trusted. */
const unknownAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
]);

/**
 * Opens sockets with one set of {@link NetworkSettings}. The machine's own certificates take time to read: they are
 * read when a certificate is refused, and kept from then on.
 */
export class SocketOpener {
  readonly #network: NetworkSettings;
  readonly #certificatesOfMachine: () => readonly string[];
  /** The last TLS session of each host, so that the next handshake is short. */
  readonly #sessions = new Map<string, Buffer>();
  #secureContext: tls.SecureContext | undefined;
  #mayReadMachine: boolean;

  constructor(
    network: NetworkSettings,
    certificatesOfMachine: () => readonly string[] = systemCertificates,
  ) {
    this.#network = network;
    this.#certificatesOfMachine = certificatesOfMachine;
    const { extraCertificates, systemCertificates: trustsMachine, strictTls } = network;
    this.#secureContext =
      extraCertificates.length === 0 ? undefined : contextWith(extraCertificates);
    this.#mayReadMachine = trustsMachine === true && strictTls;
  }

  /**
   * Opens the socket that a request to an address is written to: direct, or through the proxy's tunnel. With `onread`
   * it reads into the caller's memory, except inside a tunnel, where it emits `data`. Aborted, it leaves no socket
   * open. Rejects with a {@link ConnectFailure} of code `network`, `proxy` or `tls` that names the host at fault.
   */
  async open(url: URL, options: OpenOptions = {}): Promise<net.Socket> {
    const before = this.#secureContext;
    try {
      return await this.#open(url, options).catch((error: unknown) => {
        if (!this.#trustsMoreNow(error, before)) throw error;
        return this.#open(url, options);
      });
    } catch (error) {
      throw new ConnectFailure(transportFailure(error, url.host));
    }
  }

  async #open(url: URL, options: OpenOptions): Promise<net.Socket> {
    const proxy = proxyFor(url, this.#network);
    if (url.protocol === 'https:') {
      const through = proxy === undefined ? undefined : await this.#tunnel(proxy, url, options);
      return this.#secure(url, options, through);
    }
    return proxy === undefined ? this.#plain(url, options) : this.#toProxy(proxy, options);
  }

  async #plain(url: URL, { onread, signal }: OpenOptions): Promise<net.Socket> {
    const socket = net.connect({
      host: hostName(url),
      port: portOf(url),
      autoSelectFamily: true,
      ...defined({ onread }),
    });
    await ready(socket, 'connect', signal);
    socket.setNoDelay(true);
    return socket;
  }

  async #secure(
    url: URL,
    { onread, signal }: OpenOptions,
    through?: net.Socket,
  ): Promise<net.Socket> {
    const key = url.host;
    const session = this.#sessions.get(key);
    const secureContext = this.#secureContext;
    const name = hostName(url);
    const socket = tls.connect({
      ...(through === undefined
        ? { host: name, port: portOf(url), autoSelectFamily: true }
        : { socket: through }),
      ...(net.isIP(name) === 0 ? { servername: name } : { host: name }),
      ...defined({ secureContext, session }),
      ...(onread === undefined || through !== undefined ? {} : { onread }),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: this.#network.strictTls,
    });
    socket.on('session', (ticket) => this.#sessions.set(key, ticket));
    socket.once('error', () => this.#sessions.delete(key));
    await ready(socket, 'secureConnect', signal);
    return socket;
  }

  async #toProxy(proxy: Proxy, options: OpenOptions): Promise<net.Socket> {
    try {
      return await (proxy.url.protocol === 'https:'
        ? this.#secure(proxy.url, options)
        : this.#plain(proxy.url, options));
    } catch (error) {
      throw proxyUnreachable(error, proxy.host);
    }
  }

  async #tunnel(proxy: Proxy, url: URL, { signal }: OpenOptions): Promise<net.Socket> {
    const socket = await this.#toProxy(proxy, defined({ signal }));
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

  /** Whether another try makes sense, because more authorities are trusted than when this one began. */
  #trustsMoreNow(error: unknown, before: tls.SecureContext | undefined): boolean {
    if (!isUnknownAuthority(error)) return false;
    if (this.#mayReadMachine) {
      this.#mayReadMachine = false;
      const found = this.#certificatesOfMachine();
      if (found.length > 0) {
        this.#secureContext = contextWith([...this.#network.extraCertificates, ...found]);
      }
    }
    return this.#secureContext !== before;
  }
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

/** Destroys a socket that is waited for when the signal is aborted; the wait then ends with its `close`. */
function destroyOn(signal: AbortSignal | undefined, socket: net.Socket): () => void {
  const onAbort = (): void => {
    socket.destroy();
  };
  if (signal?.aborted === true) setImmediate(onAbort);
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => signal?.removeEventListener('abort', onAbort);
}

/** Waits until a socket is connected (and its TLS handshake done), or rejects with its error. */
function ready(
  socket: net.Socket,
  event: 'connect' | 'secureConnect',
  signal?: AbortSignal,
): Promise<void> {
  const letGo = destroyOn(signal, socket);
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = Object.assign(new Error('connect timeout'), { code: 'ETIMEDOUT' });
      socket.destroy();
      reject(error);
    }, connectTimeoutMs);
    const onError = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    const onClose = (): void =>
      onError(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' }));
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', onError);
      socket.off('close', onClose);
      resolve();
    });
  }).finally(letGo);
}

/** Reads the head of the proxy's answer to CONNECT, byte-exact: what follows it belongs to the tunnel. */
function tunnelStatus(socket: net.Socket, signal?: AbortSignal): Promise<number> {
  const letGo = destroyOn(signal, socket);
  return new Promise<number>((resolve, reject) => {
    let head = Buffer.alloc(0);
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      socket.off('readable', onReadable);
      socket.off('error', onError);
      socket.off('close', onClose);
      finish();
    };
    const onError = (error: Error): void => end(() => reject(error));
    const onClose = (): void =>
      onError(Object.assign(new Error('the proxy closed the connection'), { code: 'ECONNRESET' }));
    const onReadable = (): void => {
      for (;;) {
        const part: unknown = socket.read();
        if (!Buffer.isBuffer(part)) return;
        head = Buffer.concat([head, part]);
        const headEnd = head.indexOf('\r\n\r\n');
        if (headEnd === -1) {
          if (head.length > maxTunnelHeadBytes)
            onError(new Error('the proxy sent no valid answer'));
          continue;
        }
        const rest = head.subarray(headEnd + 4);
        const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1', 0, headEnd));
        end(() => {
          if (rest.length > 0) socket.unshift(rest);
          resolve(Number(status?.[1] ?? 0));
        });
        return;
      }
    };
    const timer = setTimeout(
      () => onError(Object.assign(new Error('the proxy did not answer'), { code: 'ETIMEDOUT' })),
      connectTimeoutMs,
    );
    socket.on('readable', onReadable);
    socket.once('error', onError);
    socket.once('close', onClose);
  }).finally(letGo);
}

/** The certificate bundles of the Linux distributions (Debian, Fedora, openSUSE, Alpine), one file each. */
const bundleFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The certificate authorities that this machine trusts, PEM, in addition to those that Node brings: where a network
 * inspects traffic, its authority is among them. Node gives them from 22.15 on; before that they are read from where
 * Linux keeps them. Never throws: the result is empty when nothing can be read. Takes tens of milliseconds and is meant
 * for the worker.
 */
export function systemCertificates(
  node: object = tls,
  files: readonly string[] = bundleFiles,
): readonly string[] {
  const getCertificates: unknown = Reflect.get(node, 'getCACertificates');
  if (typeof getCertificates === 'function') {
    const system: unknown = Reflect.apply(getCertificates, node, ['system']);
    return Array.isArray(system) ? system.filter((pem) => typeof pem === 'string') : [];
  }
  for (const file of files) {
    try {
      return [readFileSync(file, 'utf8')];
    } catch {
      // Another distribution keeps it elsewhere.
    }
  }
  return [];
}
