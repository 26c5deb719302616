import type { TransportResponse } from './transport';

/** Reads a body into memory of the caller's own, which is written and used again: bulk bytes leave no garbage. */
export interface BulkReader {
  /**
   * Fills `buffer` from its start; resolves with the bytes that came when it is full, when the body has ended, or with
   * the first arrival that is `maxMs` or more after the first byte, or that is said to be enough. 0: the body has ended.
   */
  fill(buffer: Uint8Array, maxMs: number, onBytes: OnBytes): Promise<number>;
}

/**
 * Told of every arrival at once, so that after a rejection the caller knows what is there. Says whether that is enough:
 * the caller's wish may have become smaller meanwhile.
 */
export type OnBytes = (bytes: number) => boolean;

/** The reader of an answer: its own, or one that copies from its body. */
export function bulkReader(response: TransportResponse): BulkReader {
  return response.bulk ?? new CopyingReader(response);
}

class CopyingReader implements BulkReader {
  readonly #parts: AsyncIterator<Uint8Array>;
  #backlog: Uint8Array = new Uint8Array(0);

  constructor(response: TransportResponse) {
    this.#parts = response.body[Symbol.asyncIterator]();
  }

  async fill(buffer: Uint8Array, maxMs: number, onBytes: OnBytes): Promise<number> {
    let filled = 0;
    let firstMs: number | undefined;
    while (filled < buffer.byteLength) {
      if (this.#backlog.byteLength === 0) {
        if (firstMs !== undefined && performance.now() - firstMs >= maxMs) break;
        const next = await this.#parts.next();
        if (next.done === true) break;
        this.#backlog = next.value;
        continue;
      }
      const part = this.#backlog.subarray(0, buffer.byteLength - filled);
      buffer.set(part, filled);
      this.#backlog = this.#backlog.subarray(part.byteLength);
      filled += part.byteLength;
      firstMs ??= performance.now();
      if (onBytes(part.byteLength)) break;
    }
    return filled;
  }
}
