import { systemClock, type Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import { SocketOpener } from './openSocket';
import type { NetworkSettings } from './proxyRule';
import { RawSocket } from './rawSocket';

/** An idle connection is not used again after this time: servers, and the networks between, forget it soon after. */
const idleMs = 4000;
/** A server closes its side at the time it announces: a request must not be on its way then. */
const hintMarginMs = 1000;

/** How long a connection may be idle, by its server's `Keep-Alive` header, in milliseconds. */
export function idleLimitMs(keepAlive: string | undefined): number {
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(keepAlive ?? '')?.[1];
  if (seconds === undefined) return idleMs;
  return Math.max(0, Math.min(idleMs, Number(seconds) * 1000 - hintMarginMs));
}

interface IdleSocket {
  readonly socket: RawSocket;
  readonly limitMs: number;
  /** On both clocks: while the machine sleeps, one of them may stand still. */
  readonly sinceMs: number;
  readonly sinceWallMs: number;
  readonly timer: Disposable;
}

/** The sockets of a transport: those that are open, and the idle ones by origin. */
export class SocketPool {
  readonly #opener: SocketOpener;
  readonly #clock: Clock;
  readonly #open = new Set<RawSocket>();
  readonly #idle = new Map<string, IdleSocket[]>();
  readonly #closed = new AbortController();

  constructor(network: NetworkSettings, clock: Clock = systemClock) {
    this.#opener = new SocketOpener(network, { clock });
    this.#clock = clock;
  }

  /** How many sockets are open, busy or idle. */
  get size(): number {
    return this.#open.size;
  }

  /** Connects, or rejects as soon as `signal` is aborted; a connection that comes too late is dropped. */
  connect(url: URL, signal: AbortSignal): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(new Error('aborted'));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#connect(url, signal)
        .then((socket) => {
          if (signal.aborted || this.#closed.signal.aborted) {
            this.drop(socket);
            reject(new Error('aborted'));
          } else resolve(socket);
        }, reject)
        .finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  async #connect(url: URL, signal: AbortSignal): Promise<RawSocket> {
    const socket = new RawSocket();
    socket.attach(await this.#opener.open(url, { onread: socket.onread, signal }));
    this.#open.add(socket);
    return socket;
  }

  /** An idle socket to this origin that is still usable; undefined when there is none. */
  reuse(origin: string): RawSocket | undefined {
    const idle = this.#idle.get(origin) ?? [];
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      last.timer.dispose();
      const idledMs = this.#clock.nowMs() - last.sinceMs;
      const isFresh = Math.max(idledMs, this.#clock.wallMs() - last.sinceWallMs) < last.limitMs;
      if (isFresh && last.socket.isUsable) return last.socket;
      this.drop(last.socket);
    }
    this.#idle.delete(origin);
    return undefined;
  }

  /** Keeps a socket for the next request to its origin, for at most `limitMs`. One that speaks meanwhile is dropped. */
  keep(origin: string, socket: RawSocket, limitMs: number): void {
    const dropIdle = (): void => {
      const all = this.#idle.get(origin) ?? [];
      const at = all.findIndex((one) => one.socket === socket);
      if (at === -1) return;
      all.splice(at, 1).forEach(({ timer }) => timer.dispose());
      if (all.length === 0) this.#idle.delete(origin);
      this.drop(socket);
    };
    const idle = {
      socket,
      limitMs,
      sinceMs: this.#clock.nowMs(),
      sinceWallMs: this.#clock.wallMs(),
      timer: this.#clock.after(limitMs, dropIdle),
    };
    this.#idle.set(origin, [...(this.#idle.get(origin) ?? []), idle]);
    socket.rest(dropIdle);
  }

  /** One idle socket turned out to be dead: what ended it has most likely ended the others to its origin too. */
  dropIdle(origin: string): void {
    const idle = this.#idle.get(origin) ?? [];
    this.#idle.delete(origin);
    for (const { socket, timer } of idle) {
      timer.dispose();
      this.drop(socket);
    }
  }

  drop(socket: RawSocket): void {
    this.#open.delete(socket);
    socket.destroy();
  }

  close(): void {
    this.#closed.abort();
    for (const origin of [...this.#idle.keys()]) this.dropIdle(origin);
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }
}
