import { statSync } from 'node:fs';
import { type Digest, parseDigest } from '../common/digest';
import type { RepoPaths } from './layout';
import type { TreeEntry } from './preparedSnapshot';
import type { CachedPartial } from './partialReader';

/** A file's content as it lies on the disk, links followed. */
export interface StoredContent {
  /** Slash-separated below the cache's root; the ledger's key. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Real blocks, in bytes. */
  readonly diskBytes: number;
  /** The same for two names of the same content on the disk. */
  readonly storageId: string;
  /** Names that this content has on the file system; more than one: removing this one frees nothing. */
  readonly names: number;
  /** The name is a link to content that lies elsewhere (the shared store): removing it frees nothing. */
  readonly isLink: boolean;
}

/** One name in a snapshot. */
export interface CachedEntry {
  readonly path: string;
  /** The blob it links to, by its name in `blobs/`; absent for a file of its own. */
  readonly blobName?: string;
  /** Absent when it is a link to nothing or to outside of the cache. */
  readonly content?: StoredContent;
}

export interface CachedSnapshot {
  readonly commit: string;
  readonly path: string;
  readonly modifiedMs: number;
  readonly entries: readonly CachedEntry[];
  readonly tree?: readonly TreeEntry[];
}

/** A repository's folder as it is, before anything is judged. */
export interface CachedRepo {
  readonly repo: string;
  readonly paths: RepoPaths;
  readonly snapshots: readonly CachedSnapshot[];
  readonly refs: readonly { readonly revision: string; readonly commit: string }[];
  readonly blobs: ReadonlyMap<string, StoredContent>;
  readonly partials: readonly CachedPartial[];
  readonly problems: readonly string[];
  /** Every folder and file that the reading depended on, with its state then. */
  readonly signature: ReadonlyMap<string, number>;
}

/** The digest that a blob's name states. */
export function digestOfBlobName(name: string): Digest | undefined {
  return parseDigest(name);
}

/** Whether nothing that a reading depended on has changed since. */
export function isUnchanged(found: CachedRepo): boolean {
  for (const [file, state] of found.signature) if (stateOf(file) !== state) return false;
  return true;
}

/** When a file or folder last changed in any way (its time of change, which a rename over it sets too); -1: missing. */
function stateOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? -1;
}

/** Real blocks of a file in bytes; its length where the system does not count blocks. */
export function diskBytesOf(stats: { readonly size: number; readonly blocks?: number }): number {
  return stats.blocks === undefined ? stats.size : stats.blocks * 512;
}
