import type { Digest } from '../../common/digest';

/** The running hash of one partial file, kept by whoever has a thread for it. */
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
