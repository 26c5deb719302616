import type { RepoFile } from '../common/repository';

/** A set of files of one commit that shall be in the cache. */
export interface SnapshotSpec {
  /** `org/name`. */
  readonly repo: string;
  readonly commit: string;
  /** The revision that led to the commit; becomes the ref. A commit hash gets no ref. */
  readonly revision: string;
  /** The commit's whole list. */
  readonly tree: readonly RepoFile[];
  /** Set when `tree` is only a part of the commit's list: then it is not written down as the list. */
  readonly treeIsIncomplete?: true;
  /** Paths (of `tree`) that belong to the model. */
  readonly paths: readonly string[];
}

/** One wanted file, and how far it is. */
export interface PreparedFile {
  readonly entry: RepoFile;
  /** `present`: verified bytes are published (or were just linked from a blob that was there). */
  readonly state: 'present' | 'missing';
  readonly partialPath: string;
  readonly journalPath: string;
  /** Bytes that an earlier, unfinished download left and its journal vouches for. */
  readonly partialBytes: number;
}

/** A snapshot that is being filled. Holds the lock on its files until it is released. */
export interface PreparedSnapshot {
  readonly spec: SnapshotSpec;
  readonly snapshotPath: string;
  readonly files: readonly PreparedFile[];
  /** Aborted when another process has taken over the lock on its files: nothing may be written to them any more. */
  readonly lost: AbortSignal;
  /**
   * Takes a verified partial into the cache: renamed to its blob, then linked into the snapshot. Rejects with
   * `integrity` when the partial's size is not the entry's. Another process having published it is success.
   */
  publish(path: string): Promise<void>;
  /** Writes the ref, last of all, when every wanted file is there; rejects with `integrity` when one is not. */
  complete(): Promise<void>;
  /** Removes this snapshot's partials and journals, and what would be left empty by that. */
  discardPartials(): Promise<void>;
  release(): Promise<void>;
}
