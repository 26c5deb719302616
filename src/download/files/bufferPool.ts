import type { PieceSum } from './pieceSum';
import { SummedMemory } from './summedMemory';

/**
 * Keeps the memory of a transfer that has ended for the next one. Left to the garbage collector, that of three transfers
 * in a row was there at once, and the extension host grew by twice as much (test/bench/README.md).
 */
export class MemoryPool {
  #kept: SummedMemory | undefined;

  /** Memory of at least so many bytes, nothing of it allocated. */
  take(bytes: number): SummedMemory {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept === undefined || kept.bytes < bytes) return new SummedMemory(bytes);
    kept.clear();
    return kept;
  }

  /** Nobody may use what was allocated of it any more. */
  give(memory: SummedMemory): void {
    this.#kept = memory;
  }
}

/**
 * The size of all buffers together, and the least size of one: small writes are slow (the reason is at
 * `Tuning.writeBytes`).
 */
const poolBytes = 16 * 1024 * 1024;
const smallestBytes = 128 * 1024;
/** How many more there may be for connections that go on receiving while their last buffer is written. */
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
  readonly #memory: SummedMemory;
  readonly #bufferBytes: number;
  readonly #free: Uint8Array[] = [];
  /** From here on no spare ones are lent. */
  readonly #enoughBuffers: number;
  #taken = 0;
  #spares = spareBuffers;

  /** For this many connections at most, each of which gathers up to `writeBytes`. */
  constructor(maxConnections: number, writeBytes: number, memoryPool: MemoryPool) {
    this.#memoryPool = memoryPool;
    this.#bufferBytes = bufferBytes(maxConnections, writeBytes);
    this.#enoughBuffers = Math.floor(poolBytes / this.#bufferBytes) + 1;
    // What is never taken costs nothing.
    this.#memory = memoryPool.take(
      this.#bufferBytes * (Math.max(1, maxConnections) + spareBuffers),
    );
  }

  /** The buffer of a connection. */
  take(): Uint8Array {
    this.#taken++;
    return this.#free.pop() ?? this.#memory.allocate(this.#bufferBytes);
  }

  /** The sum of bytes in one of the buffers, for the position in the file that they will be written to. */
  sum(bytes: Uint8Array, position: number): PieceSum {
    return this.#memory.sum(bytes, position);
  }

  /** The buffer must not be used by anybody any more. */
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
