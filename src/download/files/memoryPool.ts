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
