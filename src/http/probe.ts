/**
 * probe: single steps of a connection, each measured, for a person who wants to know where it fails (the connection's
 * diagnosis). Nothing here retries, keeps a socket or sends a credential.
 */
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import tls from 'node:tls';
import { AsrError, Cancelled } from '../common/asrError';
import { isObject } from '../common/json';
import { localized } from '../common/localizedMessage';
import { transportFailure } from './failure';
import { SocketOpener } from './openSocket';
import { hostName, portOf } from './origin';
import { proxyFor, type NetworkSettings } from './proxyRule';

/** One address of a name. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** A result with the time that it took, or the error. */
export type Measured<T> = { readonly ms: number } & (
  { readonly value: T } | { readonly error: AsrError }
);

/** Runs one step, measured, within a time limit. Rejects with `Cancelled` only when the caller's signal is aborted. */
export async function measured<T>(
  host: string,
  limitMs: number,
  signal: AbortSignal,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<Measured<T>> {
  const startMs = performance.now();
  const limit = AbortSignal.timeout(Math.ceil(limitMs));
  const ms = (): number => Math.round(performance.now() - startMs);
  const either = AbortSignal.any([signal, limit]);
  try {
    const value = await Promise.race([step(either), aborted(either)]);
    return { ms: ms(), value };
  } catch (error) {
    if (signal.aborted) throw new Cancelled();
    if (!limit.aborted) return { ms: ms(), error: transportFailure(error, host) };
    const text = localized('{0} did not answer in time.', host);
    return { ms: ms(), error: new AsrError('network', text, { details: { host } }) };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(new Cancelled());
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** Every address of an address's host, in the system's order. */
export async function addressesOf(url: URL): Promise<readonly HostAddress[]> {
  const found = await lookup(hostName(url), { all: true, order: 'verbatim' });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

/** Connects to one address of a host, and closes. */
export function connectOnce(
  { address, family }: HostAddress,
  url: URL,
  signal: AbortSignal,
): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: address, family, port: portOf(url) });
    const end = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      finish();
    };
    const onAbort = (): void => end(() => reject(new Cancelled()));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => end(() => resolve(undefined)));
    socket.once('error', (error) => end(() => reject(error)));
  });
}

/** One certificate of a chain. */
interface ChainLink {
  readonly subject: string;
  readonly issuer: string;
  /** As the certificate writes it. */
  readonly validUntil: string;
}

/** The way to a host, as our own sockets take it. */
interface OpenedWay {
  /** Host and port of the proxy; absent: direct. */
  readonly proxy?: string;
  /** Absent for plain http. */
  readonly protocol?: string;
  readonly chain: readonly ChainLink[];
}

/** The proxy that our own sockets go through for an address; absent: none. */
export function proxyHostFor(url: URL, network: NetworkSettings): string | undefined {
  return proxyFor(url, network)?.host;
}

/** Opens a socket of our own to an address's host, with TLS where it is https, and closes it. */
export async function openOnce(
  url: URL,
  network: NetworkSettings,
  signal: AbortSignal,
): Promise<OpenedWay> {
  const socket = await new SocketOpener(network).open(url, { signal });
  socket.on('error', () => undefined);
  const proxy = proxyHostFor(url, network);
  const way = proxy === undefined ? {} : { proxy };
  try {
    if (!(socket instanceof tls.TLSSocket)) return { ...way, chain: [] };
    return { ...way, protocol: socket.getProtocol() ?? '', chain: chainOf(socket) };
  } finally {
    socket.destroy();
  }
}

function nameOf(name: unknown): string {
  if (typeof name !== 'object' || name === null) return '';
  const common: unknown = 'CN' in name ? name.CN : undefined;
  const organisation: unknown = 'O' in name ? name.O : undefined;
  return [common, organisation]
    .flat()
    .filter((part) => typeof part === 'string' && part !== '')
    .join(', ');
}

function chainOf(socket: tls.TLSSocket): readonly ChainLink[] {
  const chain: ChainLink[] = [];
  const seen = new Set<string>();
  let at: unknown = socket.getPeerCertificate(true);
  // A chain that was not sent whole ends in an empty object, and the root refers to itself.
  while (isObject(at) && chain.length < 10) {
    const { fingerprint256, subject, issuer, valid_to: validUntil, issuerCertificate } = at;
    if (typeof fingerprint256 !== 'string' || seen.has(fingerprint256)) break;
    seen.add(fingerprint256);
    chain.push({
      subject: nameOf(subject),
      issuer: nameOf(issuer),
      validUntil: typeof validUntil === 'string' ? validUntil : '',
    });
    at = issuerCertificate;
  }
  return chain;
}

/** The start of an answer to one GET. */
export interface ProbeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The first bytes of the body, as text. */
  readonly start: string;
  /** Bytes of the body that came before it ended or was enough. */
  readonly bytes: number;
}

interface ProbeRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body that are enough. */
  readonly enoughBytes: number;
  /** Ends the reading of the body, with what has come. */
  readonly stop?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

const maxHeadBytes = 65_536;
const startBytes = 4_096;

/** Asks once over a socket of its own and reads the start of the answer. No redirect is followed. */
export async function getOnce(
  url: URL,
  network: NetworkSettings,
  signal: AbortSignal,
  { headers, enoughBytes, stop, onBytes }: ProbeRequest,
): Promise<ProbeAnswer> {
  const socket = await new SocketOpener(network).open(url, { signal });
  const proxy = url.protocol === 'http:' ? proxyFor(url, network) : undefined;
  const path = `${url.pathname}${url.search}`;
  const lines = [
    `GET ${proxy === undefined ? path : `${url.origin}${path}`} HTTP/1.1`,
    `Host: ${url.host}`,
    'Accept-Encoding: identity',
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(proxy?.authorization === undefined ? [] : [`Proxy-Authorization: ${proxy.authorization}`]),
  ];
  return await new Promise<ProbeAnswer>((resolve, reject) => {
    let head: Omit<ProbeAnswer, 'bytes' | 'start'> | undefined;
    let received = Buffer.alloc(0);
    let bytes = 0;
    const end = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      stop?.removeEventListener('abort', onEnough);
      socket.destroy();
      finish();
    };
    const onEnough = (): void =>
      end(() => {
        const known = head;
        if (known === undefined) reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
        else resolve({ ...known, bytes, start: received.toString('utf8') });
      });
    const onAbort = (): void => end(() => reject(new Cancelled()));
    signal.addEventListener('abort', onAbort, { once: true });
    stop?.addEventListener('abort', onEnough, { once: true });
    socket.on('error', (error) => end(() => reject(error)));
    socket.on('close', onEnough);
    socket.on('data', (part: Buffer) => {
      let body = part;
      if (head === undefined) {
        received = Buffer.concat([received, part]);
        const headEnd = received.indexOf('\r\n\r\n');
        if (headEnd === -1) {
          if (received.length > maxHeadBytes) end(() => reject(broken(url.host)));
          return;
        }
        head = readHead(received.toString('latin1', 0, headEnd));
        if (head === undefined) {
          end(() => reject(broken(url.host)));
          return;
        }
        body = received.subarray(headEnd + 4);
        received = Buffer.alloc(0);
      }
      bytes += body.length;
      onBytes?.(body.length);
      if (received.length < startBytes) received = Buffer.concat([received, body]);
      const length = Number(head.headers['content-length'] ?? Infinity);
      if (bytes >= Math.min(enoughBytes, length)) onEnough();
    });
    socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  });
}

function broken(host: string): AsrError {
  const text = localized('{0} sent an answer that is not valid HTTP.', host);
  return new AsrError('network', text, { details: { host } });
}

function readHead(text: string): Omit<ProbeAnswer, 'bytes' | 'start'> | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== '') headers[name.toLowerCase()] ??= value;
  }
  return { status: Number(status), headers };
}
