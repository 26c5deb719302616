import type { Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { systemClock } from '../../common/clock';
import { Cancelled } from '../../common/asrError';
import { deferred } from '../../common/deferred';
import { type Digest, digestHasher } from '../../common/digest';
import { retryInUse, systemFlags } from '../../common/fileInUse';

/** The running hash of one partial file. */
export interface HashSession {
  /** The file's first `end` bytes are written: they may be read and hashed from now on. */
  advance(end: number): void;
  /** Resolves with the hash in hex once the whole size is hashed; rejects when the file can't be read. */
  digest(): Promise<string>;
  /** Gives up; a waiting `digest` rejects with `Cancelled`. */
  dispose(): void;
}

/** Hashes files from the page cache, in file order, behind their writers. */
export interface Hasher {
  open(filePath: string, algorithm: Digest['algorithm'], sizeBytes: number): HashSession;
}

/** Bytes that were just read should still be in the processor's own cache when they are hashed. */
const bufferBytes = 256 * 1024;
/** How much is hashed before other work of the thread gets its turn. */
const sliceBytes = 16 * 1024 * 1024;

/** One file's hash in the making. Reads synchronously: it is meant for a thread that does nothing else. */
class HashLoop {
  readonly #buffer: Buffer;
  readonly #filePath: string;
  readonly #hash: Hash;
  readonly #sizeBytes: number;
  #descriptor: number | undefined;
  #position = 0;
  #limit = 0;
  #closed = false;

  /** `buffer` is lent for the length of each slice; loops of one thread share it. */
  constructor(buffer: Buffer, filePath: string, algorithm: Digest['algorithm'], sizeBytes: number) {
    this.#buffer = buffer;
    this.#sizeBytes = sizeBytes;
    this.#hash = digestHasher(algorithm, sizeBytes);
    this.#filePath = filePath;
  }

  /** Opens the file, waiting while another program has it. Rejects when it can't be opened. */
  async open(): Promise<void> {
    const { O_RDONLY, O_NOFOLLOW = 0 } = systemFlags;
    const descriptor = await retryInUse(systemClock, [this.#filePath], () =>
      Promise.resolve().then(() => openSync(this.#filePath, O_RDONLY | O_NOFOLLOW)),
    );
    if (this.#closed) closeSync(descriptor);
    else this.#descriptor = descriptor;
  }

  advance(end: number): void {
    this.#limit = Math.max(this.#limit, Math.min(end, this.#sizeBytes));
  }

  get hasWork(): boolean {
    return this.#descriptor !== undefined && this.#position < this.#limit;
  }

  get isDone(): boolean {
    return this.#descriptor !== undefined && this.#position === this.#sizeBytes;
  }

  /** Hashes up to 16 MiB of what may be read. Throws the file system's error. */
  slice(): void {
    if (this.#descriptor === undefined) return;
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
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** A buffer for the loops of one thread. */
function hashBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(bufferBytes);
}

interface Entry {
  readonly loop: HashLoop;
  readonly settle: { done(hex: string): void; failed(error: unknown): void };
}

/** A {@link Hasher} on the thread that it is made in: slices of work, one file after the other, between its events. */
export class HashQueue implements Hasher {
  readonly #entries = new Set<Entry>();
  #buffer: Buffer | undefined;
  #scheduled = false;

  open(filePath: string, algorithm: Digest['algorithm'], sizeBytes: number): HashSession {
    this.#buffer ??= hashBuffer();
    const loop = new HashLoop(this.#buffer, filePath, algorithm, sizeBytes);
    const { promise, resolve, reject } = deferred<string>();
    const entry: Entry = { loop, settle: { done: resolve, failed: reject } };
    this.#entries.add(entry);
    // It may fail before it is awaited.
    promise.catch(() => undefined);
    loop.open().then(
      () => this.#schedule(),
      (error: unknown) => this.#end(entry, () => reject(error)),
    );
    return {
      advance: (end) => {
        loop.advance(end);
        this.#schedule();
      },
      digest: () => promise,
      dispose: () => this.#end(entry, () => reject(new Cancelled())),
    };
  }

  #end(entry: Entry, settle: () => void): void {
    if (!this.#entries.delete(entry)) return;
    entry.loop.close();
    settle();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    for (const entry of this.#entries) {
      if (!entry.loop.hasWork && !entry.loop.isDone) continue;
      this.#work(entry);
      this.#schedule();
      return;
    }
  }

  #work(entry: Entry): void {
    try {
      entry.loop.slice();
      if (!entry.loop.isDone) return;
      const hex = entry.loop.hex();
      this.#end(entry, () => entry.settle.done(hex));
    } catch (error) {
      this.#end(entry, () => entry.settle.failed(error));
    }
  }
}
