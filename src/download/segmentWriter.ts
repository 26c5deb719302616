import { crc32 } from 'node:zlib';
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
 * one. A connection that outruns the disk waits in `write`.
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
   * Writes parts of {@link buffer}, which is another one from now on. Resolves when the write before has ended, with
   * its error.
   */
  async write(
    parts: readonly { readonly at: number; readonly bytes: Uint8Array }[],
  ): Promise<void> {
    await this.#written;
    const full = this.#filling;
    this.#filling = this.#options.pool.take();
    this.#written = this.#writeAll(parts).finally(() => {
      this.#options.pool.give(full);
    });
    // The error is reported to whoever waits next; until then it must not count as unhandled.
    this.#written.catch(() => undefined);
  }

  async #writeAll(
    parts: readonly { readonly at: number; readonly bytes: Uint8Array }[],
  ): Promise<void> {
    const { file, plan, onWritten } = this.#options;
    for (const { at, bytes } of parts) {
      await file.write([bytes], at);
      plan.wrote(at, at + bytes.byteLength, (from) => crc32(bytes, from));
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
