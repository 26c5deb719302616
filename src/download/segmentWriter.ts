import { crc32 } from 'node:zlib';
import type { Clock } from '../base/clock';
import type { DiskFile } from './disk';
import type { SegmentPlan } from './segmentPlan';
import type { Tuning } from './tuning';

/** More buffers than this are not gathered for one write (the system's limit is 1024). */
const maxBuffers = 512;

interface SegmentWriterOptions {
  readonly file: DiskFile;
  readonly plan: SegmentPlan;
  readonly clock: Clock;
  readonly tuning: Pick<Tuning, 'writeBytes' | 'writeMs'>;
  /** Told after the file system has taken bytes. */
  readonly onWritten: (bytes: number) => void;
}

/**
 * Gathers one connection's bytes into writes of about a megabyte, without copying them. One write is under way while
 * the next is gathered; a connection that outruns the disk waits in `append`.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #buffers: Uint8Array[] = [];
  #start = 0;
  #end = 0;
  #gatheringSinceMs = 0;
  #writing: Promise<void> | undefined;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  /**
   * Takes bytes that belong at `position`. When it returns a promise, wait for it before reading on; it rejects with
   * the file system's error.
   */
  append(position: number, bytes: Uint8Array): Promise<void> | undefined {
    if (this.#buffers.length > 0 && position !== this.#end) {
      return this.flush().then(() => this.append(position, bytes));
    }
    const { clock, tuning } = this.#options;
    if (this.#buffers.length === 0) {
      this.#start = position;
      this.#gatheringSinceMs = clock.nowMs();
    }
    this.#buffers.push(bytes);
    this.#end = position + bytes.byteLength;
    const due =
      this.#end - this.#start >= tuning.writeBytes ||
      this.#buffers.length >= maxBuffers ||
      clock.nowMs() - this.#gatheringSinceMs >= tuning.writeMs;
    return due ? this.#startWrite() : undefined;
  }

  async #startWrite(): Promise<void> {
    await this.#writing;
    if (this.#buffers.length === 0) return;
    const buffers = this.#buffers;
    const start = this.#start;
    const end = this.#end;
    this.#buffers = [];
    this.#writing = this.#write(buffers, start, end);
    // The error is reported to whoever waits next; until then it must not count as unhandled.
    this.#writing.catch(() => undefined);
  }

  async #write(buffers: readonly Uint8Array[], start: number, end: number): Promise<void> {
    await this.#options.file.write(buffers, start);
    this.#options.plan.wrote(start, end, (from) =>
      buffers.reduce((crc, buffer) => crc32(buffer, crc), from),
    );
    this.#options.onWritten(end - start);
  }

  /** Resolves when everything that was taken is written; rejects with the file system's error. */
  async flush(): Promise<void> {
    await this.#startWrite();
    await this.#writing;
  }
}
