import { closeSync, openSync, readSync } from 'node:fs';
import type { Hash } from 'node:crypto';
import { digestHasher, type Digest } from '../../common/digest';

/** What was just read should still be in the processor's own cache when it is hashed. */
const bufferBytes = 256 * 1024;
/** How much is hashed before other work of the thread gets its turn. */
const sliceBytes = 16 * 1024 * 1024;

/** One file's hash in the making. Reads synchronously: it is meant for a thread that does nothing else. */
export class HashLoop {
  readonly #buffer: Buffer;
  readonly #descriptor: number;
  readonly #hash: Hash;
  readonly #sizeBytes: number;
  #position = 0;
  #limit = 0;
  #closed = false;

  /** `buffer` is lent for the length of each slice; loops of one thread share it. Throws when the file can't be opened. */
  constructor(buffer: Buffer, filePath: string, algorithm: Digest['algorithm'], sizeBytes: number) {
    this.#buffer = buffer;
    this.#sizeBytes = sizeBytes;
    this.#hash = digestHasher(algorithm, sizeBytes);
    this.#descriptor = openSync(filePath, 'r');
  }

  advance(end: number): void {
    this.#limit = Math.max(this.#limit, Math.min(end, this.#sizeBytes));
  }

  get hasWork(): boolean {
    return !this.#closed && this.#position < this.#limit;
  }

  get isDone(): boolean {
    return this.#position === this.#sizeBytes;
  }

  /** Hashes up to 16 MiB of what may be read. Throws the file system's error. */
  slice(): void {
    const end = Math.min(this.#limit, this.#position + sliceBytes);
    while (this.#position < end) {
      const wanted = Math.min(this.#buffer.length, end - this.#position);
      const got = readSync(this.#descriptor, this.#buffer, 0, wanted, this.#position);
      if (got === 0) throw new Error('the file became shorter while it was hashed');
      this.#hash.update(this.#buffer.subarray(0, got));
      this.#position += got;
    }
  }

  /** The hash in hex; once, when it is done. */
  hex(): string {
    return this.#hash.digest('hex');
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }
}

/** A buffer for the loops of one thread. */
export function hashBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(bufferBytes);
}
