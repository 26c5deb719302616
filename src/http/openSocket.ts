import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { systemClock, type Clock } from '../common/clock';
import { defined } from '../protocol/defined';
import {
  codedError,
  ConnectFailure,
  maxHeadBytes,
  proxyRefusal,
  proxyUnreachable,
  transportFailure,
} from './failure';
import { connectFastest, connectTimeoutMs, inOrder } from './happyEyeballs';
import { mayBeHttp, parseHead, splitHead, type HttpHead } from './httpHead';
import { hostName, portOf } from './origin';
import { proxyFor, type NetworkSettings, type Proxy } from './proxyRule';
import { serverWaitMs } from './retry';

/** How a socket is opened: read into the caller's memory where that is possible, and given up when aborted. */
interface OpenOptions {
  readonly onread?: net.OnReadOpts;
  readonly signal?: AbortSignal;
}

/** The errors of a server's certificate whose authority is not trusted. */
const unknownAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
]);

/** The dependencies of a {@link SocketOpener} on the platform; tests give their own. */
interface OpenerDependencies {
  readonly certificatesOfMachine: () => readonly string[];
  /** The addresses of a host, in the order of preference. Rejects with the resolver's error. */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
  readonly clock: Clock;
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/**
 * Opens sockets with one set of {@link NetworkSettings}. The machine's own certificates take time to read: they are
 * read when a certificate is refused, and kept from then on.
 */
export class SocketOpener {
  readonly #network: NetworkSettings;
  readonly #dependencies: OpenerDependencies;
  /** Questions to the resolver that are not answered yet: many connections ask for the same host at once. */
  readonly #lookups = new Map<string, Promise<readonly string[]>>();
  /** The address of each host that was connected to last. */
  readonly #lastGood = new Map<string, string>();
  /** The last TLS session of each host, so that the next handshake is short. */
  readonly #sessions = new Map<string, Buffer>();
  #secureContext: tls.SecureContext | undefined;
  #mayReadMachine: boolean;

  constructor(network: NetworkSettings, dependencies: Partial<OpenerDependencies> = {}) {
    this.#network = network;
    this.#dependencies = {
      certificatesOfMachine: systemCertificates,
      addressesOf: systemAddresses,
      clock: systemClock,
      ...dependencies,
    };
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
    const port = portOf(url);
    const socket = await this.#connect(url, 'connect', signal, (host) =>
      net.connect({ host, port, ...defined({ onread }) }),
    );
    socket.setNoDelay(true);
    return socket;
  }

  async #secure(
    url: URL,
    { onread, signal }: OpenOptions,
    through?: net.Socket,
  ): Promise<net.Socket> {
    const key = url.host;
    const secureContext = this.#secureContext;
    const name = hostName(url);
    const connect = (where: tls.ConnectionOptions): tls.TLSSocket => {
      const session = this.#sessions.get(key);
      const socket = tls.connect({
        ...where,
        ...(net.isIP(name) === 0 ? { servername: name } : { host: name }),
        ...defined({ secureContext, session }),
        ALPNProtocols: ['http/1.1'],
        rejectUnauthorized: this.#network.strictTls,
      });
      socket.on('session', (ticket) => this.#sessions.set(key, ticket));
      socket.once('error', () => this.#sessions.delete(key));
      return socket;
    };
    const { clock } = this.#dependencies;
    if (through !== undefined) {
      const dial = (): tls.TLSSocket => connect({ socket: through });
      const event = 'secureConnect';
      const race = { addresses: [name], dial, event, clock, ...defined({ signal }) } as const;
      const failed = (error: unknown): never => {
        through.destroy();
        throw error;
      };
      return (await connectFastest(race).catch(failed)).socket;
    }
    const port = portOf(url);
    return this.#connect(url, 'secureConnect', signal, (host) =>
      connect({ host, port, ...defined({ onread }) }),
    );
  }

  async #connect(
    url: URL,
    event: 'connect' | 'secureConnect',
    signal: AbortSignal | undefined,
    dial: (address: string) => net.Socket,
  ): Promise<net.Socket> {
    const { clock } = this.#dependencies;
    const name = hostName(url);
    const addresses = inOrder(await this.#addressesOf(name), this.#lastGood.get(url.host));
    const options = { addresses, dial, event, clock, ...defined({ signal }) };
    const { socket, address } = await connectFastest(options);
    this.#lastGood.set(url.host, address);
    return socket;
  }

  #addressesOf(name: string): Promise<readonly string[]> {
    if (net.isIP(name) !== 0) return Promise.resolve([name]);
    const running = this.#lookups.get(name);
    if (running !== undefined) return running;
    const asked = this.#dependencies.addressesOf(name).finally(() => this.#lookups.delete(name));
    this.#lookups.set(name, asked);
    return asked;
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
    let head: HttpHead;
    try {
      head = await tunnelHead(socket, this.#dependencies.clock, signal);
    } catch (error) {
      socket.destroy();
      throw proxyUnreachable(error, proxy.host);
    }
    if (head.status < 300) return socket;
    socket.destroy();
    const waitMs = serverWaitMs(head.headers, this.#dependencies.clock.wallMs());
    throw proxyRefusal(proxy.host, head.status, waitMs);
  }

  /** Whether another try makes sense, because more authorities are trusted than when this one began. */
  #trustsMoreNow(error: unknown, before: tls.SecureContext | undefined): boolean {
    if (!isUnknownAuthority(error)) return false;
    if (this.#mayReadMachine) {
      this.#mayReadMachine = false;
      const found = this.#dependencies.certificatesOfMachine();
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

/** Reads the head of the proxy's answer to CONNECT, byte-exact: what follows it belongs to the tunnel. */
function tunnelHead(socket: net.Socket, clock: Clock, signal?: AbortSignal): Promise<HttpHead> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const end = (finish: () => void): void => {
      limit.dispose();
      signal?.removeEventListener('abort', onAbort);
      socket.off('readable', onReadable);
      socket.off('error', onError);
      socket.off('close', onClose);
      finish();
    };
    const onError = (error: Error): void => end(() => reject(error));
    const fail = (code: string, message: string): void => onError(codedError(code, message));
    const onClose = (): void => fail('ECONNRESET', 'the proxy closed the connection');
    const onAbort = (): void => fail('ECONNABORTED', 'connecting was given up');
    const limit = clock.after(connectTimeoutMs, () =>
      fail('ETIMEDOUT', 'the proxy did not answer'),
    );
    const onReadable = (): void => {
      for (let part: unknown; Buffer.isBuffer((part = socket.read()));) {
        received = Buffer.concat([received, part]);
        if (onReceived()) return;
      }
    };
    /** Whether the head is whole, or can't be one. An interim answer (1xx) is passed over. */
    const onReceived = (): boolean => {
      for (let found = splitHead(received); found !== undefined; found = splitHead(received)) {
        received = received.subarray(found.bytes);
        const head = parseHead(found.text);
        if (head !== undefined && head.status < 200) continue;
        end(() => {
          if (received.length > 0) socket.unshift(received);
          if (head !== undefined) resolve(head);
          else reject(codedError('NOT_HTTP', 'the proxy sent no valid answer'));
        });
        return true;
      }
      const isWrong = received.length > maxHeadBytes || !mayBeHttp(received);
      if (isWrong) fail('NOT_HTTP', 'the proxy sent no valid answer');
      return isWrong;
    };
    socket.on('readable', onReadable);
    socket.once('error', onError);
    socket.once('close', onClose);
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
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
