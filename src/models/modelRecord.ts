import type { CatalogModel } from '../catalog';
import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type { DownloadedFile, DownloadedModel, ModelState } from '../protocol/downloadedModel';

export type { ModelState };

/** A revision of a model other than the current one: an older one, or one whose download has not finished. */
export interface OtherRevision {
  /** 40 hex digits. */
  readonly commit: string;
  /** Paths of all files of the model at that commit. */
  readonly paths: readonly string[];
  /** Those that are there. */
  readonly files: readonly DownloadedFile[];
  /** Digests (hex) of its files of which only a part is here. */
  readonly partialDigests: readonly string[];
  /** Every file of the model is there, none of them known to be damaged. */
  readonly isWhole: boolean;
  /** Whole, older than the current one and of other content: the model can be taken back to it. */
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
  /** Paths of all files of the model at that commit, by the commit's list where there is one. */
  readonly paths: readonly string[];
  /** Those of them that lie in that commit's snapshot. */
  readonly presentPaths: readonly string[];
  /** Digests (hex) of its files of which only a part is here. */
  readonly partialDigests: readonly string[];
  /** Its other revisions in the cache, the newest first. */
  readonly otherRevisions: readonly OtherRevision[];
  /** When something of it last changed on the disk, milliseconds since 1970. */
  readonly modifiedMs?: number;
}

/** The error for an id that nothing on offer or on the disk has. */
export function unknownModel(modelId: string): AsrError {
  return new AsrError(
    'notFound',
    localized(
      'No model is called {0}. Run "ASR: Download Model" to see what is on offer, or use hf:organisation/name.',
      modelId,
    ),
  );
}
