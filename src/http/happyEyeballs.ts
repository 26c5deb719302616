import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../common/clock';
import { deferred } from '../common/deferred';
import type { Disposable } from '../common/disposable';
import { codedError } from './failure';

/** The next address is tried after this time, without giving up the earlier ones (RFC 8305 section 5 recommends it). */
const attemptDelayMs = 250;
/**
 * An address that was connected to has this long for its TLS handshake before the next one is tried: some networks let
 * only short packets through to IPv6.
 */
const handshakeDelayMs = 2000;
/**
 * A host that takes longer to connect counts as unreachable. The same limit as undici's, so that both clients behave
 * alike.
 */
export const connectTimeoutMs = 10_000;

/** The addresses in the order of RFC 8305 section 4: the one that worked last, then the families by turns. */
export function inOrder(addresses: readonly string[], lastGood: string | undefined): string[] {
  const family = net.isIP(addresses[0] ?? '');
  const first = addresses.filter((address) => net.isIP(address) === family);
  const second = addresses.filter((address) => net.isIP(address) !== family);
  const mixed = addresses.flatMap((_, at) => [first.slice(at, at + 1), second.slice(at, at + 1)]);
  const known = addresses.filter((address) => address === lastGood).slice(0, 1);
  return [...known, ...mixed.flat().filter((address) => address !== lastGood)];
}

/** The part of a connecting socket that the race uses. */
export interface Candidate {
  on(event: string, listener: (error: Error) => void): unknown;
  once(event: string, listener: (error: Error) => void): unknown;
  off(event: string, listener: (error: Error) => void): unknown;
  destroy(): unknown;
}

interface RaceOptions<S extends Candidate> {
  /** At least one, in the order in which they are tried. */
  readonly addresses: readonly string[];
  /** Begins to connect. */
  readonly dial: (address: string) => S;
  /** The event after which the socket can be used. */
  readonly event: 'connect' | 'secureConnect';
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** The race's winner. */
interface Connected<S> {
  readonly socket: S;
  readonly address: string;
}

/**
 * Connects to the first of several addresses that can be used ("Happy Eyeballs", RFC 8305). Node's own version gives up
 * an address when it tries the next, so that where the way takes longer than its 250 ms no address is ever reached.
 * Rejects with the error of the only address, with an `AggregateError` of all of them, or with `ETIMEDOUT`.
 */
export function connectFastest<S extends Candidate>(
  options: RaceOptions<S>,
): Promise<Connected<S>> {
  return new ConnectionRace(options).winner;
}

class ConnectionRace<S extends Candidate> {
  readonly #options: RaceOptions<S>;
  readonly #waiting: string[];
  readonly #open = new Set<S>();
  readonly #errors: Error[] = [];
  readonly #result = deferred<Connected<S>>();
  readonly #limit: Disposable;
  #next: Disposable | undefined;

  constructor(options: RaceOptions<S>) {
    const { addresses, clock, signal } = options;
    this.#options = options;
    this.#waiting = [...addresses];
    this.#limit = clock.after(connectTimeoutMs, () =>
      this.#fail(codedError('ETIMEDOUT', 'connect timeout')),
    );
    if (signal?.aborted === true) this.#onAbort();
    else {
      signal?.addEventListener('abort', this.#onAbort, { once: true });
      this.#tryNext();
    }
  }

  get winner(): Promise<Connected<S>> {
    return this.#result.promise;
  }

  readonly #onAbort = (): void => this.#fail(codedError('ECONNABORTED', 'connecting was given up'));

  #tryNext(): void {
    this.#next?.dispose();
    const address = this.#waiting.shift();
    if (address !== undefined) this.#begin(address);
    else if (this.#open.size === 0) this.#fail(allOf(this.#errors));
  }

  #begin(address: string): void {
    const { dial, event } = this.#options;
    const socket = dial(address);
    this.#open.add(socket);
    const onClose = (): void =>
      this.#failed(socket, codedError('ECONNRESET', 'closed while connecting'));
    const onError = (error: Error): void => this.#failed(socket, error);
    // Stays: a socket that lost may still report an error.
    socket.on('error', onError);
    socket.once('close', onClose);
    if (event !== 'connect') {
      socket.once('connect', () => {
        if (this.#open.has(socket)) this.#tryNextAfter(handshakeDelayMs);
      });
    }
    socket.once(event, () => {
      if (!this.#open.delete(socket)) return;
      socket.off('error', onError);
      socket.off('close', onClose);
      this.#end();
      this.#result.resolve({ socket, address });
    });
    this.#tryNextAfter(attemptDelayMs);
  }

  #tryNextAfter(delayMs: number): void {
    this.#next?.dispose();
    this.#next = this.#options.clock.after(delayMs, () => this.#tryNext());
  }

  #failed(socket: S, error: Error): void {
    if (!this.#open.delete(socket)) return;
    socket.destroy();
    this.#errors.push(error);
    // A certificate is the host's, whatever the address.
    if (isCertificateError(socket)) this.#fail(error);
    else this.#tryNext();
  }

  #fail(error: Error): void {
    this.#end();
    this.#result.reject(error);
  }

  #end(): void {
    this.#next?.dispose();
    this.#limit.dispose();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#waiting.length = 0;
    for (const socket of [...this.#open]) {
      this.#open.delete(socket);
      socket.destroy();
    }
  }
}

function isCertificateError(socket: Candidate): boolean {
  // A falsy value (null, or absent) says that no certificate was looked at.
  return socket instanceof tls.TLSSocket && Boolean(socket.authorizationError);
}

/**
 * The errors of all addresses. The lack of a route for one address family says less than an answer of the host: it
 * comes last.
 */
function allOf(errors: readonly Error[]): Error {
  const [only] = errors;
  if (only !== undefined && errors.length === 1) return only;
  const hasNoRoute = (error: Error): boolean =>
    'code' in error &&
    ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL'].includes(String(error.code));
  const telling = errors.filter((error) => !hasNoRoute(error));
  return new AggregateError([...telling, ...errors.filter(hasNoRoute)], 'no address was reached');
}
