import type net from 'node:net';
import type { OnReadOpts } from 'node:net';
import { Signal } from '../common/signal';
import { codedError } from './failure';
import type { OnBytes } from './transport';

/** Enough for the head of an answer. */
const spillBytes = 16_384;

/** The caller's memory, while it is being filled. */
interface Fill {
  readonly target: Uint8Array;
  readonly maxMs: number;
  readonly onBytes: OnBytes;
  filled: number;
  firstMs: number | undefined;
  /** Full, late or enough: it is no longer lent to the platform. */
  isDone: boolean;
}

function broken(): Error {
  return codedError('ECONNRESET', 'the connection ended');
}

/**
 * A socket that reads straight into memory it is given (`onread`), without a buffer object, an event and a copy for
 * every 64 kB: so it takes a third of the CPU of any HTTP client (test/bench/README.md). Bytes that arrive while no
 * memory is given go to a backlog, and the socket is paused.
 */
export class RawSocket {
  readonly onread: OnReadOpts;
  readonly #spill = Buffer.allocUnsafeSlow(spillBytes);
  #socket: net.Socket | undefined;
  #backlog: Buffer = Buffer.alloc(0);
  #fill: Fill | undefined;
  /** Whose memory the platform will put the next read into; undefined: the spill, then the backlog. */
  #lentFor: Fill | undefined;
  readonly #changed = new Signal();
  #onSpoken: (() => void) | undefined;
  #ended: Error | undefined;
  #endedInOrder = false;
  #hasSpoken = false;

  constructor() {
    this.onread = {
      buffer: () => this.#memory(),
      callback: (bytes, memory) => this.#onRead(bytes, memory),
    };
  }

  /** Takes the connected socket that was opened with this object's `onread`. */
  attach(socket: net.Socket): void {
    this.#socket = socket;
    // Emitted only where the socket can't read into given memory (TLS inside a proxy's tunnel).
    socket.on('data', (bytes: Buffer) => {
      this.#pushBacklog(bytes);
      if (!this.#wantsMore()) socket.pause();
    });
    socket.on('error', (error) => this.#end(error));
    socket.on('end', () => {
      this.#endedInOrder ||= this.#ended === undefined;
      this.#end(broken());
    });
    socket.on('close', () => this.#end(broken()));
  }

  get isUsable(): boolean {
    return this.#ended === undefined && this.#backlog.length === 0;
  }

  /** The other side closed its half, as one does that has said everything. */
  get endedInOrder(): boolean {
    return this.#endedInOrder;
  }

  /** Something came since the last `write`. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /** Bytes that have come and that were not asked for with {@link fill}. */
  get backlog(): Buffer {
    return this.#backlog;
  }

  /**
   * No answer is expected: calls `onSpoken` when the other side says or ends anything all the same. What it says then
   * belongs to no request.
   */
  rest(onSpoken: () => void): void {
    this.#onSpoken = onSpoken;
    this.#socket?.resume();
  }

  write(text: string): void {
    this.#onSpoken = undefined;
    this.#hasSpoken = false;
    this.#socket?.write(text, 'latin1');
  }

  destroy(): void {
    this.#end(broken());
    this.#socket?.destroy();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#changed.notify();
    this.#onSpoken?.();
  }

  /** The memory for the next read, which the platform holds until that read has come. */
  #memory(): Uint8Array {
    const fill = this.#fill?.isDone === false ? this.#fill : undefined;
    this.#lentFor = fill;
    return fill === undefined ? this.#spill : fill.target.subarray(fill.filled);
  }

  #onRead(bytes: number, memory: Uint8Array): boolean {
    const fill = this.#fill;
    if (fill !== undefined && this.#lentFor === fill) this.#advance(fill, bytes);
    else this.#pushBacklog(memory.subarray(0, bytes));
    return this.#wantsMore();
  }

  #wantsMore(): boolean {
    const wantsMore = this.#fill?.isDone === false;
    if (!wantsMore) this.#changed.notify();
    return wantsMore;
  }

  /** Takes bytes that did not arrive in the current caller's memory: they are copied there by way of the backlog. */
  #pushBacklog(bytes: Uint8Array): void {
    this.#hasSpoken = true;
    this.#backlog = Buffer.concat([this.#backlog, bytes]);
    this.#onSpoken?.();
    if (this.#fill !== undefined) this.#drainBacklog(this.#fill);
  }

  #advance(fill: Fill, bytes: number): void {
    const nowMs = performance.now();
    fill.firstMs ??= nowMs;
    fill.filled += bytes;
    const isEnough = fill.onBytes(bytes);
    const isLate = nowMs - fill.firstMs >= fill.maxMs;
    fill.isDone = isEnough || isLate || fill.filled === fill.target.byteLength;
  }

  /** Moves the backlog into the caller's memory. */
  #drainBacklog(fill: Fill): void {
    const part = this.#backlog.subarray(0, fill.target.byteLength - fill.filled);
    if (part.length === 0) return;
    fill.target.set(part, fill.filled);
    this.#backlog = this.#backlog.subarray(part.length);
    this.#advance(fill, part.length);
  }

  /** The whole backlog, once it has grown. Rejects when the connection ends before. */
  async some(): Promise<Buffer> {
    const known = this.#backlog.length;
    while (this.#backlog.length === known) {
      if (this.#ended !== undefined) throw this.#ended;
      await this.#sleep();
    }
    return this.#backlog;
  }

  /** Removes the first bytes of the backlog: they were a head. */
  skip(bytes: number): void {
    this.#backlog = this.#backlog.subarray(bytes);
  }

  /**
   * Fills `target` as {@link BulkReader.fill} says; it must not be longer than what is still to come. It
   * ends only with an arrival, when the platform is given other memory: `target` is the caller's alone from then on.
   */
  async fill(target: Uint8Array, maxMs: number, onBytes: OnBytes): Promise<number> {
    const fill: Fill = { target, maxMs, onBytes, filled: 0, firstMs: undefined, isDone: false };
    this.#fill = fill;
    try {
      this.#drainBacklog(fill);
      while (!fill.isDone) {
        if (this.#ended !== undefined) throw this.#ended;
        await this.#sleep();
      }
      return fill.filled;
    } finally {
      this.#fill = undefined;
    }
  }

  #sleep(): Promise<void> {
    const changed = this.#changed.wait();
    this.#socket?.resume();
    return changed;
  }
}
