/**
 * Keeps the memory of a transfer that has ended for the next one. Left to the garbage collector, that of three transfers
 * in a row was there at once, and the extension host grew by twice as much (test/bench/README.md).
 */
export class MemoryPool {
  #kept: Uint8Array | undefined;

  /** Memory of at least so many bytes. What is never written to takes no memory of the machine. */
  take(bytes: number): Uint8Array {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept !== undefined && kept.byteLength >= bytes ? kept : Buffer.allocUnsafeSlow(bytes);
  }

  /** Takes memory back, which must not be used any more. */
  give(memory: Uint8Array): void {
    this.#kept = memory;
  }
}

/**
 * The size of all buffers together, and the least size of one: small writes are slow (the reason is at
 * `Tuning.writeBytes`).
 */
const poolBytes = 16 * 1024 * 1024;
const smallestBytes = 128 * 1024;
/** How many more there may be for connections that keep receiving while their last buffer is written. */
const spareBuffers = 4;

/** How long buffers are for this many connections, so that memory does not grow with their number. */
function bufferBytes(maxConnections: number, writeBytes: number): number {
  const share = Math.floor(poolBytes / Math.max(1, maxConnections));
  return Math.min(writeBytes, Math.max(smallestBytes, share));
}

/**
 * Memory for bytes between the socket and the disk, used again and again: one buffer for each connection, and a few
 * spare ones. A disk that is slower than the line must not make it grow.
 */
export class BufferPool {
  readonly #memoryPool: MemoryPool;
  readonly #memory: Uint8Array;
  readonly #bufferBytes: number;
  readonly #free: Uint8Array[] = [];
  /** From here on no spare ones are lent. */
  readonly #enoughBuffers: number;
  #usedBytes = 0;
  #taken = 0;
  #spares = spareBuffers;

  /** For this many connections at most, each of which gathers up to `writeBytes`. */
  constructor(maxConnections: number, writeBytes: number, memoryPool: MemoryPool) {
    this.#memoryPool = memoryPool;
    this.#bufferBytes = bufferBytes(maxConnections, writeBytes);
    this.#enoughBuffers = Math.floor(poolBytes / this.#bufferBytes) + 1;
    this.#memory = memoryPool.take(
      this.#bufferBytes * (Math.max(1, maxConnections) + spareBuffers),
    );
  }

  /** The buffer of a connection. */
  take(): Uint8Array {
    this.#taken++;
    return this.#free.pop() ?? this.#allocate();
  }

  #allocate(): Uint8Array {
    const from = this.#usedBytes;
    const to = from + this.#bufferBytes;
    if (to > this.#memory.byteLength) throw new RangeError('more buffers than connections');
    this.#usedBytes = to;
    return this.#memory.subarray(from, to);
  }

  /** Takes back a buffer, which must not be used any more. */
  give(buffer: Uint8Array): void {
    this.#taken--;
    this.#free.push(buffer);
  }

  /** A second buffer for the length of a write; undefined when there are enough at work. */
  takeSpare(): Uint8Array | undefined {
    if (this.#spares === 0 || this.#taken >= this.#enoughBuffers) return undefined;
    this.#spares--;
    return this.take();
  }

  /** Gives a buffer back for one that was taken by {@link takeSpare}. */
  giveSpare(buffer: Uint8Array): void {
    this.#spares++;
    this.give(buffer);
  }

  /** Gives all memory back, for the next transfer: every buffer must be given back, and none may be taken any more. */
  release(): void {
    this.#memoryPool.give(this.#memory);
  }
}
