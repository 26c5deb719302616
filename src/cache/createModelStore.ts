import { AsrError } from '../common/asrError';
import { freeSpace, withFileErrors } from '../common/fileErrors';
import { localized } from '../common/localizedMessage';
import { adoptFiles } from './adopt';
import { CacheContext, type ModelStoreOptions } from './cacheContext';
import { cleanUp, clearBytes, clearCache, findCleanUpItems } from './cleanUp';
import { folderState } from './folderState';
import { importModel } from './importModel';
import type { OpenedModelStore } from './modelStore';
import { moveCache } from './moveCache';
import { prepareSnapshot } from './prepareSnapshot';
import { relinkUnchanged, writeRef } from './publish';
import { executeRemoval, planRemoval, removalBytes } from './removal';
import { assertRevision, assertSnapshotName, assertStoredRepo } from './safePath';
import { planUninstall, uninstall } from './uninstall';
import { verifyModels } from './verifyModels';

/** Opens the cache. The disk is neither read nor written before the first call. */
export function createModelStore(options: ModelStoreOptions): OpenedModelStore {
  const context = new CacheContext(options);
  /** The operation over this cache, with failures of the file system as AsrErrors. */
  const over =
    <A extends readonly unknown[], T>(
      operation: (context: CacheContext, ...args: A) => T | Promise<T>,
    ) =>
    (...args: A): Promise<T> =>
      withFileErrors(context.hubRoot, async () => await operation(context, ...args));
  return {
    hubRoot: context.hubRoot,
    stateAccess: context,
    prepare: over(prepareSnapshot),
    scan: over(({ scanner }) => scanner.scan()),
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
    importModel: over(importModel),
    moveTo: over(moveCache),
    folderState: () => folderState(context, { mustExist: true }),
    watch: (onChange) => context.scanner.watch(onChange),
  };
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
