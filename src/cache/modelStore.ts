import type { Clock } from '../common/clock';
import type { Digest } from '../common/digest';
import type { Logger } from '../common/logger';
import type { Disk, DiskStep } from './disk';
import type { WorkOptions } from './hashFile';
import type { OwnerLiveness } from './lockOwner';
import type { Locks } from './locks';
import type { StoreMaintenance } from './maintenance';
import type { PreparedSnapshot, SnapshotSpec, TreeEntry } from './preparedSnapshot';

/** A file of a snapshot as it lies on the disk. */
export interface StoredFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** From the blob's name or the tree; absent when neither tells. */
  readonly digest?: Digest;
  /** Hashed by us at this size and mtime (the verified ledger). */
  readonly verified: boolean;
  /** Set when the file is there but can't be right: wrong size for its tree entry, or hashed to something else. */
  readonly damaged?: boolean;
  /** Real blocks of its content, in bytes. */
  readonly diskBytes: number;
  /** The same for two files that share their content on the disk: count such bytes once. */
  readonly storageId: string;
}

export interface StoredSnapshot {
  readonly commit: string;
  /** Revisions whose ref names this commit. */
  readonly refs: readonly string[];
  readonly path: string;
  readonly files: readonly StoredFile[];
  /** The commit's whole list, when its tree file is there and valid. */
  readonly tree?: readonly TreeEntry[];
  readonly modifiedMs: number;
}

/** Bytes of a file that is not finished. */
export interface StoredPartial {
  readonly digest: Digest;
  /** Bytes that the journal vouches for. */
  readonly downloadedBytes: number;
  /** Absent when the journal can't be read. */
  readonly sizeBytes?: number;
  readonly modifiedMs: number;
  /** Real blocks, in bytes. */
  readonly diskBytes: number;
}

export interface StoredRepo {
  readonly repo: string;
  readonly path: string;
  readonly snapshots: readonly StoredSnapshot[];
  readonly partials: readonly StoredPartial[];
  /** Real bytes on the disk, each blob once. */
  readonly sizeOnDisk: number;
}

export interface ScanReport {
  readonly repos: readonly StoredRepo[];
  /** Things that were passed over, in English, for the log. */
  readonly problems: readonly string[];
  readonly sizeOnDisk: number;
}

export interface ModelStoreOptions {
  /** The hub cache itself, in which the `models--…` folders lie. Created when first written to. */
  readonly hubRoot: string;
  readonly stateRoot: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Whether everything below `hubRoot` is ours to clear (the extension's own storage). Absent or false: a person's
   * folder, in which only what we put there is.
   */
  readonly ownsRoot?: boolean;
  /** What tests put in place of the system. */
  readonly ports?: StoreOverrides;
}

/** The system, as far as a test wants it otherwise. */
export interface StoreOverrides {
  /** Runs before every change of the disk; throwing ends the work there as a kill would. */
  readonly step?: DiskStep;
  readonly isAlive?: OwnerLiveness;
  /** False: as on a file system without symbolic links. Absent: found out. */
  readonly canSymlink?: boolean;
}

/** How a preparation reports and ends; unverified files that are already there are hashed, which takes time. */
export interface PrepareOptions extends WorkOptions {
  /** Paths known to be damaged: they are `missing` without being looked at again. */
  readonly refetch?: readonly string[];
}

/** The cache. Rejections are `AsrError`s: `diskSpace`, `diskPermission`, `integrity`, `unsupported` (a hostile path). */
export interface ModelStore extends StoreMaintenance {
  readonly hubRoot: string;
  /**
   * Checks every name, writes the tree file, takes the locks on what is missing, finds what is there by digest. What is
   * there but was never hashed by us is hashed now (progress, cancel). Nothing is downloaded.
   * Waits for nobody: while a living process holds the lock it rejects (`unknown`, "is being downloaded in another
   * window", with `isBusyElsewhere`).
   */
  prepare(spec: SnapshotSpec, options?: PrepareOptions): Promise<PreparedSnapshot>;
  /** Reads the whole folder. A missing folder is an empty report. */
  scan(): Promise<ScanReport>;
  /** Free bytes of the file system that the cache lies on; undefined when it can't be told. */
  freeBytes(): Promise<number | undefined>;
  /** Removes the named paths of a snapshot, then what nothing uses any more. Returns the bytes given back. */
  removeFiles(repo: string, commit: string, paths: readonly string[]): Promise<number>;
}

/** The locks and the disk that the cache works with, for others who share its state folder (windows/). */
export interface StateAccess {
  readonly hubRoot: string;
  readonly stateRoot: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disk: Disk;
  readonly locks: Locks;
}

/** A cache as `createModelStore` opens it. */
export interface OpenedModelStore extends ModelStore {
  readonly stateAccess: StateAccess;
}
