import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import { codedError } from './failure';

/** The next address is tried after this time, and the ones before go on (RFC 8305 section 5 recommends it). */
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

/** What the race needs of a socket that is connecting. */
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
  const { dial, event, clock, signal } = options;
  const waiting = [...options.addresses];
  const open = new Set<S>();
  const errors: Error[] = [];
  let next: Disposable | undefined;
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      next?.dispose();
      limit.dispose();
      signal?.removeEventListener('abort', onAbort);
      waiting.length = 0;
      for (const socket of [...open]) {
        open.delete(socket);
        socket.destroy();
      }
      finish();
    };
    const onAbort = (): void =>
      settle(() => reject(codedError('ECONNABORTED', 'connecting was given up')));
    const limit = clock.after(connectTimeoutMs, () =>
      settle(() => reject(codedError('ETIMEDOUT', 'connect timeout'))),
    );

    const tryNext = (): void => {
      next?.dispose();
      const address = waiting.shift();
      if (address !== undefined) begin(address);
      else if (open.size === 0) settle(() => reject(allOf(errors)));
    };
    const begin = (address: string): void => {
      const socket = dial(address);
      open.add(socket);
      const failed = (error: Error): void => {
        if (!open.delete(socket)) return;
        socket.destroy();
        errors.push(error);
        // A certificate is the host's, whatever the address.
        if (isCertificateError(socket)) settle(() => reject(error));
        else tryNext();
      };
      const onClose = (): void => failed(codedError('ECONNRESET', 'closed while connecting'));
      const onError = (error: Error): void => failed(error);
      // Stays: a socket that lost may still report an error.
      socket.on('error', onError);
      socket.once('close', onClose);
      if (event !== 'connect') {
        socket.once('connect', () => {
          if (!open.has(socket)) return;
          next?.dispose();
          next = clock.after(handshakeDelayMs, tryNext);
        });
      }
      socket.once(event, () => {
        if (!open.delete(socket)) return;
        socket.off('error', onError);
        socket.off('close', onClose);
        settle(() => resolve({ socket, address }));
      });
      next = clock.after(attemptDelayMs, tryNext);
    };
    if (signal?.aborted === true) onAbort();
    else {
      signal?.addEventListener('abort', onAbort, { once: true });
      tryNext();
    }
  });
}

function isCertificateError(socket: Candidate): boolean {
  // A falsy value (null, or absent) says that no certificate was looked at.
  return socket instanceof tls.TLSSocket && Boolean(socket.authorizationError);
}

/** The errors of all addresses. That a family has no way out says less than what a host answered: it comes last. */
function allOf(errors: readonly Error[]): Error {
  const [only] = errors;
  if (only !== undefined && errors.length === 1) return only;
  const hasNoRoute = (error: Error): boolean =>
    'code' in error &&
    ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL'].includes(String(error.code));
  const telling = errors.filter((error) => !hasNoRoute(error));
  return new AggregateError([...telling, ...errors.filter(hasNoRoute)], 'no address was reached');
}
