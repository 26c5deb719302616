import path from 'node:path';
import { AsrError, isAsrError, toAsrError } from '../common/asrError';
import { errnoOf, fileError } from '../common/fileErrors';
import { localized } from '../common/localizedMessage';
import { isSamePath } from '../common/paths';
import { type CacheContext, removalPurpose } from './cacheContext';
import { clearCache, goingContents, removeRoot } from './cleanUp';
import { exists } from './disk';
import { findFolder, type KnownFolder } from './folderLedger';
import { folderState, isUnplugged } from './folderState';
import type { Lock } from './locks';
import type { UninstallPlan, UninstallReport } from './modelStore';
import { collectStaleStaging, freedBytes, treeBytes } from './removal';
import type { StoredContent } from './repoReader';

/** See {@link StoreMaintenance.uninstallPlan}. */
export async function planUninstall(context: CacheContext): Promise<UninstallPlan> {
  const folders: { path: string; bytes: number; isThere: boolean }[] = [];
  const contents: StoredContent[] = [];
  let bytes = await treeBytes(context.stateRoot);
  for (const folder of await foldersOf(context)) {
    const going = await goingContents(contextOf(context, folder));
    contents.push(...going.contents);
    bytes += going.partialBytes;
    folders.push({
      path: folder.path,
      bytes: freedBytes(going.contents) + going.partialBytes,
      isThere: !(await isUnplugged(folder.path)),
    });
  }
  // Counted together: a copy that shares its blocks with the original is freed with the last of the two.
  return { folders, bytes: bytes + freedBytes(contents) };
}

/** See {@link StoreMaintenance.uninstall}. */
export async function uninstall(context: CacheContext): Promise<UninstallReport> {
  const left: {
    path: string;
    localizedMessage: UninstallReport['left'][number]['localizedMessage'];
  }[] = [];
  const folders = await foldersOf(context);
  const locks = await lockAll(context, folders);
  let reclaimedBytes = 0;
  try {
    for (const folder of folders) {
      const outcome = await removeFolder(context, folder, locks.get(folder.path));
      if (typeof outcome === 'number') reclaimedBytes += outcome;
      else left.push({ path: folder.path, localizedMessage: outcome.localizedMessage });
    }
  } finally {
    for (const lock of locks.values()) await lock.release();
  }
  if (left.length === 0) {
    // Last of all: it says where the folders are.
    reclaimedBytes += await treeBytes(context.stateRoot);
    await context.disk.removeTree(context.stateRoot);
  }
  return { reclaimedBytes, left };
}

/** Takes the lock of every folder that is there, so that nothing is removed while any of them is in use. */
async function lockAll(
  context: CacheContext,
  folders: readonly KnownFolder[],
): Promise<ReadonlyMap<string, Lock>> {
  const locks = new Map<string, Lock>();
  try {
    for (const folder of folders) {
      // Nothing is made on a disk that is not there, and what can't be written is reported when it can't be removed.
      const state = await folderState(contextOf(context, folder), { mustExist: true });
      if (state.kind !== 'ready' || !(await exists(folder.path))) continue;
      const lock = await lockFolder(contextOf(context, folder));
      if (lock !== undefined) locks.set(folder.path, lock);
    }
    return locks;
  } catch (error) {
    for (const lock of locks.values()) await lock.release();
    throw error;
  }
}

/** Undefined where the disk refuses it. */
async function lockFolder(folder: CacheContext): Promise<Lock | undefined> {
  try {
    return await folder.takeCacheLock(
      removalPurpose,
      localized(
        'Another window is moving or removing the models. Wait for it to finish, then try again.',
      ),
      (repo) =>
        localized(
          '{0} is being downloaded. Wait for it or cancel it, then remove everything.',
          repo,
        ),
    );
  } catch (error) {
    if (errnoOf(error) === undefined || isAsrError(error)) throw error;
    return undefined;
  }
}

/** Every folder that was written to, and the one in use even when no write to it is recorded. */
async function foldersOf(context: CacheContext): Promise<readonly KnownFolder[]> {
  const known = context.folders.all();
  return !(await exists(context.hubRoot)) ||
    (await findFolder(known, context.hubRoot)) !== undefined
    ? known
    : [...known, { path: context.hubRoot, sinceMs: 0, isOurs: context.ownsRoot }];
}

function contextOf(context: CacheContext, { path: folderPath, isOurs }: KnownFolder): CacheContext {
  return isSamePath(folderPath, context.hubRoot) ? context : context.at(folderPath, isOurs);
}

/** The bytes given back, or why the folder could not be emptied. The lock lies in the folder. */
async function removeFolder(
  context: CacheContext,
  folder: KnownFolder,
  lock: Lock | undefined,
): Promise<number | AsrError> {
  const there = contextOf(context, folder);
  try {
    if (!folder.isOurs && (await isUnplugged(folder.path))) return notThere(folder.path);
    const bytes = await clearCache(there);
    const asideBytes = await collectStaleStaging(there, true);
    await lock?.release();
    await there.disk.removeTree(there.sharedRoot);
    await removeRoot(there);
    await there.ledger.remove();
    await context.folders.forget(folder.path);
    return bytes + asideBytes;
  } catch (error) {
    return toAsrError(fileError(error, folder.path));
  }
}

function notThere(folderPath: string): AsrError {
  return new AsrError(
    'diskPermission',
    localized(
      '{0} is not there. If it is on another disk, connect it, then remove everything again.',
      path.resolve(folderPath),
    ),
  );
}
