import { causeText } from '../common/asrError';
import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import { Emitter } from '../common/event';
import type { Logger } from '../common/logger';
import { readAddress, type ServerAddress } from './discoveryFile';
import type { RunningServer } from './serverOptions';

/** How often a window looks whether the server is still there; with a start it is the time of a hand-over. */
const pollMs = 2_000;
/** How often while another window is starting it. */
const startingMs = 250;
/** A server that could not be started is tried again after this, or when a setting changes. */
const retryMs = 30_000;

/** The right to serve, which one window has at a time. */
export interface ServerLease {
  /** Aborted when another window has taken it: this one slept for longer than a minute. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** The options of a start by which a server continues the one before. */
export interface Succession {
  readonly token?: string;
  readonly preferredPort?: number;
}

/** The dependencies of {@link SharedServer}. */
interface SharedServerOptions {
  /** The lease, or undefined while another window has it. */
  readonly tryLease: () => Promise<ServerLease | undefined>;
  readonly start: (succession: Succession) => Promise<RunningServer>;
  /** Where the window that serves writes its address. */
  readonly addressFile: string;
  /** Of the server before, when this window knows it. */
  readonly succession?: Succession;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The state of the server. `here`: this window serves; `elsewhere`: another one does. */
export type SharedState =
  | { readonly kind: 'off' | 'starting' }
  | { readonly kind: 'here' | 'elsewhere'; readonly address: SharedAddress }
  | { readonly kind: 'failed'; readonly error: unknown };

/** How a server is reached. */
export type SharedAddress = Pick<ServerAddress, 'url' | 'port' | 'token'>;

/**
 * One server for all windows. The window that gets the lease serves; the others look every two seconds, and the first to
 * find the lease free takes over, with the port and the token that were last seen.
 */
export class SharedServer {
  readonly #options: SharedServerOptions;
  readonly #onDidChange = new Emitter<SharedState>();
  #state: SharedState = { kind: 'starting' };
  #lastSeen: Succession;
  #server: RunningServer | undefined;
  #lease: ServerLease | undefined;
  #timer: Disposable | undefined;
  #polling: Promise<void> | undefined;
  #isStopped = false;

  readonly onDidChange = this.#onDidChange.event;

  constructor(options: SharedServerOptions) {
    this.#options = options;
    this.#lastSeen = options.succession ?? {};
  }

  get state(): SharedState {
    return this.#state;
  }

  /** Looks now; resolves when this window serves, or knows the one that does. */
  poll(): Promise<void> {
    this.#timer?.dispose();
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined;
      if (this.#isStopped) return;
      const { kind } = this.#state;
      const waitMs = kind === 'failed' ? retryMs : kind === 'starting' ? startingMs : pollMs;
      this.#timer = this.#options.clock.after(waitMs, () => void this.poll());
    });
    return this.#polling;
  }

  /** Stops serving and following. Settles when the port is free and the file gone, if they were this window's. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.dispose();
    await this.#polling;
    await this.#endServing();
    this.#change({ kind: 'off' });
    this.#onDidChange.dispose();
  }

  async #poll(): Promise<void> {
    if (this.#server !== undefined && this.#lease?.lost.aborted === false) return;
    const { addressFile, logger } = this.#options;
    try {
      await this.#endServing();
      const found = await readAddress(addressFile);
      if (found !== undefined) this.#lastSeen = { token: found.token, preferredPort: found.port };
      const lease = await this.#options.tryLease();
      if (lease !== undefined) await this.#serve(lease);
      else if (found !== undefined) this.#change({ kind: 'elsewhere', address: found });
    } catch (error) {
      logger.warn(`server: could not be started: ${causeText(error)}`);
      this.#change({ kind: 'failed', error });
    }
  }

  async #serve(lease: ServerLease): Promise<void> {
    if (this.#isStopped) {
      await lease.release();
      return;
    }
    try {
      const server = await this.#options.start(this.#lastSeen);
      this.#server = server;
      this.#lease = lease;
      this.#change({ kind: 'here', address: server });
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  async #endServing(): Promise<void> {
    const server = this.#server;
    const lease = this.#lease;
    this.#server = undefined;
    this.#lease = undefined;
    await server?.dispose();
    await lease?.release();
  }

  #change(state: SharedState): void {
    const isSame =
      state.kind === this.#state.kind &&
      'address' in state &&
      'address' in this.#state &&
      state.address.port === this.#state.address.port &&
      state.address.token === this.#state.address.token;
    this.#state = state;
    if (!isSame) this.#onDidChange.fire(state);
  }
}
