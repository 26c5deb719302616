import path from 'node:path';
import { AsrError } from '../common/asrError';
import { freeSpace, withFileErrors } from '../common/fileErrors';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import { adoptFiles } from './adopt';
import { exportBundle, importBundle, isBundle } from './bundle';
import { CacheContext, type ModelStoreOptions } from './cacheContext';
import { cleanUp, clearBytes, clearCache, findCleanUpItems } from './cleanUp';
import { folderState } from './folderState';
import type { OpenedModelStore } from './modelStore';
import { moveCache } from './moveCache';
import { prepareSnapshot } from './prepareSnapshot';
import { relinkUnchanged, writeRef } from './publish';
import { executeRemoval, planRemoval, removalBytes } from './removal';
import { assertRevision, assertSnapshotName, assertStoredRepo } from './safePath';
import { importArchive } from './unpack/importArchive';
import { planUninstall, uninstall } from './uninstall';
import { verifyModels } from './verifyModels';

/**
 * Opens the cache. The disk is neither read nor written before the first call. A root that is no whole path is never
 * used, for it would lie below whatever folder this process runs in: every change is refused with a sentence.
 */
export function createModelStore(options: ModelStoreOptions): OpenedModelStore {
  const isWhole = path.isAbsolute(options.hubRoot);
  const hubRoot = isWhole ? path.resolve(options.hubRoot) : options.hubRoot;
  const context = new CacheContext(
    isWhole ? options : { ...options, hubRoot: path.join(options.stateRoot, 'no-folder') },
  );
  /** The operation over this cache, with failures of the file system as AsrErrors. */
  const over =
    <A extends readonly unknown[], T>(
      operation: (context: CacheContext, ...args: A) => T | Promise<T>,
    ) =>
    (...args: A): Promise<T> =>
      withFileErrors(context.hubRoot, async () => {
        if (!isWhole) throw new AsrError('diskPermission', notWhole(hubRoot));
        return await operation(context, ...args);
      });
  return {
    hubRoot,
    stateAccess: context,
    prepare: over(prepareSnapshot),
    scan: () => withFileErrors(hubRoot, () => context.scanner.scan()),
    freeBytes: async () => (await freeSpace(context.hubRoot))?.bytes,
    removeFiles: over(removeFiles),
    verify: over(verifyModels),
    removalBytes: over(removalBytes),
    clearBytes: over(clearBytes),
    clear: over(clearCache),
    cleanUpItems: over(findCleanUpItems),
    cleanUp: over(cleanUp),
    uninstallPlan: over(planUninstall),
    uninstall: over(uninstall),
    restoreRevision: over(restoreRevision),
    adopt: over(adoptFiles),
    importModel: over(importArchive),
    exportBundle: over(exportBundle),
    isBundle: (source) => withFileErrors(source, () => isBundle(source)),
    importBundle: over(importBundle),
    moveTo: over(moveCache),
    folderState: async () =>
      isWhole
        ? await folderState(context, { mustExist: true })
        : { kind: 'notAFolder', localizedMessage: notWhole(hubRoot) },
    watch: (onChange) => context.scanner.watch(onChange),
  };
}

function notWhole(folder: string): LocalizedMessage {
  return localized(
    '{0} is not a whole path, or a variable in it is not set. Choose a folder for the models.',
    folder,
  );
}

async function removeFiles(
  context: CacheContext,
  repo: string,
  commit: string,
  paths: readonly string[],
): Promise<number> {
  assertStoredRepo(repo);
  assertSnapshotName(commit);
  return await context.changing(repo, async () => {
    const plan = planRemoval(context.find(repo), commit, paths);
    await executeRemoval(context, repo, plan);
    return plan.reclaimedBytes;
  });
}

async function restoreRevision(
  context: CacheContext,
  repo: string,
  revision: string,
  commit: string,
): Promise<void> {
  assertStoredRepo(repo);
  assertRevision(revision, commit);
  await context.changing(repo, async () => {
    const found = context.find(repo);
    const snapshot = found.snapshots.find((one) => one.commit === commit);
    if (snapshot === undefined || snapshot.entries.length === 0) {
      throw new AsrError(
        'notFound',
        localized('The earlier revision of {0} is no longer on the disk. Download it again.', repo),
      );
    }
    // Neighbours that came after it stay under the ref when their files are the same there.
    await relinkUnchanged(context, { repo, revision, commit, tree: snapshot.tree ?? [] });
    await writeRef(context, found.paths, revision, commit);
  });
}
