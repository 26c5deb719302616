import type { CatalogModel } from '../catalog';

/** One file of a downloaded model. */
export interface DownloadedFile {
  /** Slash-separated path inside the repository. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** `sha256:…` or `git-sha1:…`; absent when nothing on the disk tells. */
  readonly digest?: string;
}

/** A model whose every file is in the cache. Plain data: it is what other extensions get. */
export interface DownloadedModel {
  readonly modelId: string;
  readonly name: string;
  readonly repo: string;
  /** The commit, 40 hex digits. */
  readonly revision: string;
  /** Bytes of the model's files; a blob that it shares with another model is counted in both. */
  readonly sizeOnDisk: number;
  /** The snapshot folder, or the file of a one-file model. */
  readonly path: string;
  readonly files: readonly DownloadedFile[];
  /** Every file was hashed by us at its present size and time. */
  readonly verified: boolean;
}

/**
 * `downloaded`: whole. `incomplete`: some files or bytes are there. `damaged`: every file is there, one can't be
 * right. A running download is not a state of the model: it has a record of its own.
 */
export type ModelState = 'notDownloaded' | 'incomplete' | 'damaged' | 'downloaded';

/** A revision of a model that lies beside the one that counts: what an update left, or has not finished yet. */
export interface OtherRevision {
  /** 40 hex digits. */
  readonly commit: string;
  /** The model's files that are there. */
  readonly files: readonly DownloadedFile[];
  /** Digests (hex) of its files of which only a part is here. */
  readonly partialDigests: readonly string[];
  /** Every file of the model is there, none of them known to be damaged. */
  readonly isWhole: boolean;
  /** Whole, older than the one that counts and of other content: the model can be taken back to it. */
  readonly canBeRestored: boolean;
  /** When it last changed on the disk, milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** A model on offer or on the disk, and how much of it is here. */
export interface ModelRecord {
  readonly model: CatalogModel;
  readonly state: ModelState;
  /** Present when `state` is `downloaded` or `damaged`. */
  readonly downloaded?: DownloadedModel;
  /** Bytes that are here, of `totalBytes` when that is known. */
  readonly presentBytes: number;
  readonly totalBytes?: number;
  /** The commit that the bytes belong to; absent when nothing is there. */
  readonly commit?: string;
  /** Paths of the model's files that lie in that commit's snapshot. */
  readonly presentPaths: readonly string[];
  /** Digests (hex) of its files of which only a part is here. */
  readonly partialDigests: readonly string[];
  /** Its other revisions in the cache, the newest first. */
  readonly otherRevisions: readonly OtherRevision[];
  /** When something of it last changed on the disk, milliseconds since 1970. */
  readonly modifiedMs?: number;
}
