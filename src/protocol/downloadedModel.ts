/**
 * `downloaded`: whole. `incomplete`: some files or bytes are there. `damaged`: every file is there, one can't be
 * right. A running download is not a state of the model: it has a record of its own.
 */
export type ModelState = 'notDownloaded' | 'incomplete' | 'damaged' | 'downloaded';

/** One file of a downloaded model. */
export interface DownloadedFile {
  /** Slash-separated path inside the repository. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** `sha256:…` or `git-sha1:…`; absent when it is unknown. */
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
