/**
 * cache: the models on disk. The folder is a Hugging Face hub cache, so that other tools read it as it is. It is
 * scanned, never remembered: what lies on the disk is the truth.
 *
 *   hub/models--org--name/blobs/<digest>           verified bytes
 *                        /snapshots/<commit>/path  relative link to the blob, or the file itself
 *                        /refs/<revision>          written last
 *                        /trees/<commit>.json      the commit's whole file list, written first
 *                        /partial/<digest>[.json]  bytes so far and their journal
 *                        /aside/…                  what was in the way of one of these
 *      /.locks/asr/                                locks, the verified ledger, the state that windows share
 *      /.locks/asr-staging-…                       folders being put together or deleted; then renamed as a whole
 *   state/                                         which folders were ever a cache
 *
 * How a model gets in:
 *
 *   prepareSnapshot   checks names, hashes what is unverified, writes the file list, locks what is missing
 *     -> download/ fills the partials (or adopt.ts and importModel.ts take the bytes from this computer)
 *     -> publish      partial -> blob, entry -> blob
 *     -> complete     every file is there and right: the ref is written
 *
 * A bundle (bundle.ts) takes whole models to a machine without a network, and is published like a download there.
 *
 * How it is seen and leaves: scan.ts reads the folders (repoReader.ts one of them); verifyModels.ts hashes and repairs;
 * removal.ts and cleanUp.ts delete; moveCache.ts takes everything to another folder; uninstall.ts removes everything
 * from every folder that was ever used.
 *
 * The order of the writes makes a kill harmless at any moment: a file list before its files, bytes before the link to
 * them, the ref last; and back in the reverse order. Bytes and names are flushed in that order too, for a power cut. Every write goes through disk.ts, which refuses to follow a link
 * out of the cache. What is known of a file's bytes (verifiedLedger.ts) counts only for the same size and time; the sums of
 * its pieces (pieceSums.ts) save the good ones when it is damaged.
 *
 * The module changes files below its root and its state folder, reads what it is asked to import, and has no network.
 * It may use common/ and protocol/.
 */
export type {
  AdoptOptions,
  CleanUpItem,
  ExportModel,
  ExportReport,
  UninstallPlan,
  FileOfModel,
  FolderState,
  ImportCandidate,
  ImportBundleOptions,
  ImportedBundle,
  ImportedModel,
  ImportOptions,
  ImportRecognition,
  ImportSource,
  ImportTarget,
  ModelFiles,
  MoveOptions,
  MoveReport,
  UninstallReport,
  RepairPort,
  VerifyOptions,
  VerifyReport,
} from './modelStore';
export type { BundleModel } from './bundleFile';
export type { ModelHeader } from './modelHeader';
export type { WorkOptions, WorkProgress } from './hashFile';
export type { ModelStore, OpenedModelStore, PrepareOptions } from './modelStore';
export type { ModelStoreOptions, StateAccess } from './cacheContext';
export type { ScanReport, StoredFile, StoredRepo, StoredSnapshot } from './scan';
export type { Disk } from './disk';
export type { Lock, LockAttempt, Locks } from './locks';
export type { PreparedFile, PreparedSnapshot, SnapshotSpec } from './preparedSnapshot';
export { createModelStore } from './createModelStore';
export { folderLease, withFolderLock } from './folderLock';
export { isModel } from './modelHeader';
export { pathProblem } from './safePath';
