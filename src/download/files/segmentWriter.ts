import type { BufferPool } from './bufferPool';
import type { DiskFile } from './disk';
import type { SegmentPlan } from './segmentPlan';

interface SegmentWriterOptions {
  readonly file: DiskFile;
  readonly plan: SegmentPlan;
  readonly pool: BufferPool;
  /** Told after the file system has taken bytes. */
  readonly onWritten: (bytes: number) => void;
}

/**
 * Writes one connection's bytes. One buffer is filled from the network; for the length of a write there is a second
 * one, as long as the pool has some to spare. A connection that outruns the disk waits in `write`.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #filling: Uint8Array;
  #written: Promise<void> = Promise.resolve();

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.#filling = options.pool.take();
  }

  /** The memory for the next bytes. */
  get buffer(): Uint8Array {
    return this.#filling;
  }

  /**
   * Writes parts of {@link buffer}, which may be another one afterwards. Resolves when there is a buffer to fill;
   * rejects with the error of the write before, or of this one.
   */
  async write(
    parts: readonly { readonly at: number; readonly bytes: Uint8Array }[],
  ): Promise<void> {
    await this.#written;
    const { pool } = this.#options;
    const full = this.#filling;
    const spare = pool.takeSpare();
    if (spare === undefined) {
      await this.#writeAll(parts);
      return;
    }
    this.#filling = spare;
    this.#written = this.#writeAll(parts).finally(() => pool.giveSpare(full));
    // The error is reported to whoever waits next; until then it must not count as unhandled.
    this.#written.catch(() => undefined);
  }

  async #writeAll(
    parts: readonly { readonly at: number; readonly bytes: Uint8Array }[],
  ): Promise<void> {
    const { file, plan, pool, onWritten } = this.#options;
    for (const { at, bytes } of parts) {
      // Before the write: what is summed is what came, whatever the disk makes of it.
      const sum = pool.sum(bytes, at);
      await file.write([bytes], at);
      plan.wrote(at, at + bytes.byteLength, sum);
      onWritten(bytes.byteLength);
    }
  }

  /** Resolves when everything is written and the buffers are given back; rejects with the file system's error. */
  async close(): Promise<void> {
    try {
      await this.#written;
    } finally {
      this.#options.pool.give(this.#filling);
    }
  }
}
