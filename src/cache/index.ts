/**
 * cache: the models on disk, a Hugging Face hub cache that other tools read as it is. Layout, publish, scan,
 * delete, verify and repair, adopt, import, move, locks. The directory is the truth and is scanned; nothing is believed because it was remembered.
 * It touches files below its root (and reads what it is told to import), never the network.
 *
 *   hub/models--org--name/blobs/<digest>           verified bytes
 *                        /snapshots/<commit>/path  relative link to the blob, or the file itself
 *                        /refs/<revision>          written last
 *                        /trees/<commit>.json      the commit's whole file list, written first
 *                        /partial/<digest>[.json]  bytes so far and their journal
 *   state/                                         locks, the verified ledger, what windows tell each other
 */
export type {
  AdoptOptions,
  CleanUpItem,
  UninstallPlan,
  FileOfModel,
  FolderState,
  ImportCandidate,
  ImportedModel,
  ImportOptions,
  ImportTarget,
  ModelFiles,
  MoveOptions,
  MoveReport,
  UninstallReport,
  RepairPort,
  StoreMaintenance,
  VerifyOptions,
  VerifyReport,
} from './maintenance';
export type { ModelFileKind, ModelHeader } from './modelHeader';
export type { WorkOptions, WorkProgress } from './hashFile';
export type {
  ModelStore,
  ModelStoreOptions,
  OpenedModelStore,
  PrepareOptions,
  ScanReport,
  StateAccess,
  StoredFile,
  StoredPartial,
  StoredRepo,
  StoredSnapshot,
  StoreOverrides,
} from './modelStore';
export type { Disk } from './disk';
export type { Lock, Locks } from './locks';
export type { PreparedFile, PreparedSnapshot, SnapshotSpec, TreeEntry } from './preparedSnapshot';
export { compareTrees, type TreeComparison } from './compareTrees';
export { createModelStore } from './createModelStore';
export { withFolderLock } from './folderLock';
export { isModel } from './modelHeader';
export { pathProblem } from './safePath';
