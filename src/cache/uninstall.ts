import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError, toAsrError } from '../common/asrError';
import { fileError } from '../common/fileErrors';
import { localized } from '../common/localizedMessage';
import { type CacheContext, removalPurpose } from './cacheContext';
import { clearCache, goingContents, removeRoot } from './cleanUp';
import type { KnownFolder } from './folderLedger';
import { isUnplugged } from './folderState';
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
  let reclaimedBytes = 0;
  const lock = await context.takeCacheLock(
    removalPurpose,
    localized(
      'Another window is moving or removing the models. Wait for it to finish, then try again.',
    ),
    (repo) =>
      localized('{0} is being downloaded. Wait for it or cancel it, then remove everything.', repo),
  );
  try {
    for (const folder of await foldersOf(context)) {
      const outcome = await removeFolder(context, folder);
      if (typeof outcome === 'number') reclaimedBytes += outcome;
      else left.push({ path: folder.path, localizedMessage: outcome.localizedMessage });
    }
  } finally {
    await lock.release();
  }
  if (left.length === 0) {
    // Last of all: it says where the folders are.
    reclaimedBytes += await treeBytes(context.stateRoot);
    await context.disk.removeTree(context.stateRoot);
  }
  return { reclaimedBytes, left };
}

/** Every folder that was written to, and the one in use even when no write to it is recorded. */
async function foldersOf(context: CacheContext): Promise<readonly KnownFolder[]> {
  const known = context.folders.all();
  const isThere = await fs.lstat(context.hubRoot).catch(() => undefined);
  return isThere === undefined || known.some((folder) => folder.path === context.hubRoot)
    ? known
    : [...known, { path: context.hubRoot, sinceMs: 0, isOurs: context.ownsRoot }];
}

function contextOf(context: CacheContext, { path: folderPath, isOurs }: KnownFolder): CacheContext {
  return folderPath === context.hubRoot ? context : context.at(folderPath, isOurs);
}

/** The bytes given back, or why the folder could not be emptied. */
async function removeFolder(
  context: CacheContext,
  folder: KnownFolder,
): Promise<number | AsrError> {
  const there = contextOf(context, folder);
  try {
    if (!folder.isOurs && (await isUnplugged(folder.path))) return notThere(folder.path);
    const bytes = await clearCache(there);
    const asideBytes = await collectStaleStaging(there, there.clock.wallMs(), true);
    await removeRoot(there);
    await there.disk.remove(there.ledger.file);
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
