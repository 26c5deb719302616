import type { Disposable } from '../common/disposable';
import type { LocalizedMessage } from '../common/localizedMessage';
import type { ModelFacts } from '../common/modelFacts';
import type { RepoFile } from '../common/repository';
import type { BundleModel } from './bundleFile';
import type { StateAccess } from './cacheContext';
import type { WorkOptions } from './hashFile';
import type { ModelHeader } from './modelHeader';
import type { PreparedSnapshot, SnapshotSpec } from './preparedSnapshot';
import type { ScanReport } from './scan';

/** How a preparation reports and ends; unverified files that are already there are hashed, which takes time. */
export interface PrepareOptions extends WorkOptions {
  /** Paths known to be damaged: they are `missing` without being hashed. */
  readonly refetch?: readonly string[];
}

/** The cache. Rejections are AsrErrors: `diskSpace`, `diskPermission`, `integrity`, `unsupported` (a hostile path). */
export interface ModelStore extends StoreMaintenance {
  readonly hubRoot: string;
  /**
   * Checks every name, writes the tree file, takes the locks on what is missing, finds what is there by digest. What is
   * there but was never hashed by us is hashed now (progress, cancel). Nothing is downloaded.
   * Never waits: while a living process holds the lock it rejects (`unknown`, "is being downloaded in another
   * window", with `isBusyElsewhere`).
   */
  prepare(spec: SnapshotSpec, options?: PrepareOptions): Promise<PreparedSnapshot>;
  /** Reads the whole folder. A missing folder is an empty report. */
  scan(): Promise<ScanReport>;
  /** Free bytes of the file system that the cache lies on; undefined when it can't be read. */
  freeBytes(): Promise<number | undefined>;
  /** Removes the named paths of a snapshot, then what nothing uses any more. Returns the bytes given back. */
  removeFiles(repo: string, commit: string, paths: readonly string[]): Promise<number>;
}

/** A cache as `createModelStore` opens it. */
export interface OpenedModelStore extends ModelStore {
  readonly stateAccess: StateAccess;
}

/** The files of one model in one snapshot: what a person means by "this model". */
export interface ModelFiles {
  readonly repo: string;
  readonly commit: string;
  readonly paths: readonly string[];
  /** The revision that the model follows, whose ref a repair writes where it is missing. */
  readonly revision?: string;
}

/** One file of one snapshot. */
export interface FileOfModel {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
}

/** The needs of a repair from outside of the cache: the network. */
export interface RepairPort {
  /** The commit's whole list, for a snapshot whose own list is missing (older tools wrote none). */
  treeOf?(
    repo: string,
    commit: string,
    signal: AbortSignal | undefined,
  ): Promise<readonly RepoFile[] | undefined>;
  /** Which paths of such a list belong to the model; without it, those that were known before. */
  pathsOf?(model: ModelFiles, tree: readonly RepoFile[]): readonly string[];
  /** Fetches every `missing` file of the preparation to its partial and publishes it. */
  fetch(prepared: PreparedSnapshot, signal: AbortSignal | undefined): Promise<void>;
}

export interface VerifyOptions extends WorkOptions {
  readonly repair?: RepairPort;
}

/** The findings and repairs of a verification. */
export interface VerifyReport {
  /** In order; each with how long it took. */
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
  readonly checkedFiles: number;
  readonly checkedBytes: number;
  readonly good: readonly FileOfModel[];
  /** There, but with other bytes than its digest says. */
  readonly damaged: readonly FileOfModel[];
  readonly missing: readonly FileOfModel[];
  /** There, but nothing says which bytes it should have. */
  readonly unknown: readonly FileOfModel[];
  /** Whose commit has no file list, so that it is not known whether they are whole. */
  readonly unlisted: readonly ModelFiles[];
  /** Those of `damaged` and `missing` that are right again. */
  readonly repaired: readonly FileOfModel[];
  readonly reclaimedBytes: number;
}

/** Something that *clean up* offers to remove. `bytes`: real bytes that come free. */
export type CleanUpItem =
  | {
      readonly kind: 'oldRevision';
      readonly repo: string;
      readonly commit: string;
      readonly bytes: number;
      readonly modifiedMs: number;
    }
  | {
      readonly kind: 'partial' | 'orphanBlob';
      readonly repo: string;
      /** The file's name in `partial/` or `blobs/`. */
      readonly name: string;
      readonly bytes: number;
      readonly modifiedMs: number;
    };

/** Whether the cache's folder can be used, with a message where it can't. */
export type FolderState =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'missing' | 'readOnly' | 'notAFolder';
      readonly localizedMessage: LocalizedMessage;
    };

export interface AdoptOptions extends WorkOptions {
  /** Other hub caches (folders that hold `models--…`); those that don't exist are passed over. */
  readonly caches: readonly string[];
}

/** A file that may be a part of a model, before it is taken in. */
export interface ImportSource {
  readonly file: string;
  /** Slash-separated, below what was chosen. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly header: ModelHeader;
  readonly facts: ModelFacts;
}

/** A file that is to be imported, by its content. */
export interface ImportCandidate {
  /** Slash-separated, below the folder that was chosen; the name of a single file. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly gitSha1: string;
  readonly header: ModelHeader;
}

/** Where a recognised model belongs. Candidates that `files` does not name are left out. */
export interface ImportTarget {
  readonly repo: string;
  readonly commit: string;
  readonly revision: string;
  /** The commit's whole list where it is known; without it no list is written. */
  readonly tree?: readonly RepoFile[];
  readonly files: readonly { readonly candidate: ImportCandidate; readonly path: string }[];
}

/** Where imported files belong. */
export interface ImportRecognition {
  /** Models that are known by their digests. */
  readonly known: readonly ImportTarget[];
  /** Files of unknown models: they are listed under the name of the chosen file or folder. */
  readonly own: readonly ImportCandidate[];
}

export interface ImportOptions extends WorkOptions {
  /** Chooses the files to take in; absent: all. Rejects when what is there is no whole model. */
  choose?(sources: readonly ImportSource[]): Promise<readonly ImportSource[]>;
  /** Knows models by their digests; absent: everything is listed under its own name. */
  recognise?(candidates: readonly ImportCandidate[]): Promise<ImportRecognition>;
}

export interface ImportedModel extends ModelFiles {
  readonly recognised: boolean;
  /** The kind of its main file, by its header. */
  readonly header: ModelHeader;
}

/** A whole model that is to be exported. */
export interface ExportModel extends ModelFiles {
  readonly name: string;
  /** SPDX identifier, as far as it is known. */
  readonly licence?: string;
}

export interface ExportReport {
  /** Files in the bundle; content that several models share is there once. */
  readonly files: number;
  readonly sizeBytes: number;
}

export interface ImportBundleOptions extends WorkOptions {
  /** Looks at what the bundle says before anything is written; a rejection refuses it. */
  check?(models: readonly BundleModel[]): Promise<void>;
}

export interface ImportedBundle {
  readonly models: readonly BundleModel[];
  /** Files that were not here before. */
  readonly addedFiles: number;
}

export interface MoveOptions extends WorkOptions {
  /** `move`: the old folder is emptied of our files afterwards. `copy`: both stay. */
  readonly mode: 'move' | 'copy';
  /** Makes the new folder the valid one (writes the setting). Until it has resolved, the old one is. */
  switchTo(newRoot: string): Promise<void>;
}

export interface MoveReport {
  readonly movedBytes: number;
  /** Real bytes freed in the old folder. */
  readonly reclaimedBytes: number;
  readonly steps: VerifyReport['steps'];
}

/** All that this extension keeps on this computer. */
export interface UninstallPlan {
  /** Every folder that was ever written to; `bytes`: what would come free there. */
  readonly folders: readonly {
    readonly path: string;
    readonly bytes: number;
    /** False: on a disk that is not connected, or gone. */
    readonly isThere: boolean;
  }[];
  /** The bytes that would come free in all, content that folders share counted once, with the state. */
  readonly bytes: number;
}

/** The result of removing everything. */
export interface UninstallReport {
  readonly reclaimedBytes: number;
  /** Folders that could not be emptied, each with why. They stay remembered. */
  readonly left: readonly { readonly path: string; readonly localizedMessage: LocalizedMessage }[];
}

/** Maintenance of the cache. All figures in real bytes; all rejections as {@link ModelStore}'s. */
interface StoreMaintenance {
  /** Hashes every file of the models and, with `repair`, has only the wrong ones fetched again. */
  verify(models: readonly ModelFiles[], options?: VerifyOptions): Promise<VerifyReport>;
  /** The bytes that removing these models would free: content that another model also uses counts nothing. */
  removalBytes(models: readonly ModelFiles[]): Promise<number>;
  /** The bytes that {@link clear} would free. */
  clearBytes(): Promise<number>;
  /** Removes every model and partial of ours, except those being downloaded. Returns the bytes given back. */
  clear(): Promise<number>;
  /** Old revisions that `isInUse` does not claim, partials without a running download, blobs without an entry. */
  cleanUpItems(isInUse: (repo: string, commit: string) => boolean): Promise<readonly CleanUpItem[]>;
  cleanUp(items: readonly CleanUpItem[]): Promise<number>;
  /** The files that {@link uninstall} would remove. */
  uninstallPlan(): Promise<UninstallPlan>;
  /**
   * Clears every folder that was ever written to, whichever is in use, and forgets it; then removes the state. Files
   * that are not ours stay. Rejects while anything is downloaded or moved, by any window.
   */
  uninstall(): Promise<UninstallReport>;
  /**
   * Lets a ref name another snapshot that is there: back to the previous revision. Files of neighbours that are the
   * same there get an entry in it. Rejects with `notFound` when the snapshot is gone.
   */
  restoreRevision(repo: string, revision: string, commit: string): Promise<void>;
  /** Fills missing files of a preparation from this computer, verified. Returns the paths that were published. */
  adopt(prepared: PreparedSnapshot, options: AdoptOptions): Promise<readonly string[]>;
  /**
   * Takes a local file or folder in, with all models in it, leaving it as it is. Rejects with `unsupported` when there
   * is none.
   */
  importModel(source: string, options?: ImportOptions): Promise<readonly ImportedModel[]>;
  /**
   * Writes these models to one file, verified on the way, for a machine without a network. Rejects with `integrity` when
   * one of them is not whole. What an export that ended early has written is not written again.
   */
  exportBundle(
    models: readonly ExportModel[],
    target: string,
    options?: WorkOptions,
  ): Promise<ExportReport>;
  /** Whether a file is such a bundle. */
  isBundle(source: string): Promise<boolean>;
  /** Takes the models of a bundle in, verified; what is here already is skipped. Rejects with `unsupported`, `integrity`. */
  importBundle(source: string, options?: ImportBundleOptions): Promise<ImportedBundle>;
  /** Takes the whole cache to another folder; this store still shows the old one. */
  moveTo(newRoot: string, options: MoveOptions): Promise<MoveReport>;
  folderState(): Promise<FolderState>;
  /** Calls back when something in the cache has changed, by any program; at most once per burst. */
  watch(onChange: () => void): Disposable;
}
