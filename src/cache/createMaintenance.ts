import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import { adoptFiles } from './adopt';
import type { CacheContext } from './cacheContext';
import { cleanUp, findCleanUpItems } from './cleanUp';
import { clearBytes, clearCache } from './clearCache';
import { folderState } from './folderState';
import { importModel } from './importModel';
import type { StoreMaintenance } from './maintenance';
import { moveCache } from './moveCache';
import { writeRef } from './publishFile';
import { relinkUnchanged } from './relinkUnchanged';
import { removalBytes } from './removalBytes';
import { assertStoredRepo, assertRevision } from './safePath';
import { planUninstall, uninstall } from './uninstall';
import { verifyModels } from './verifyModels';
import { watchCache } from './watchCache';

/** What the store does beside storing, over one cache. `guarded` turns the system's failures into sentences. */
export function createMaintenance(
  context: CacheContext,
  guarded: <T>(work: () => Promise<T>) => Promise<T>,
): StoreMaintenance {
  return {
    verify: (models, options = {}) => guarded(() => verifyModels(context, models, options)),
    removalBytes: (models) => guarded(() => Promise.resolve(removalBytes(context, models))),
    clearBytes: () => guarded(() => clearBytes(context)),
    clear: () => guarded(() => clearCache(context)),
    cleanUpItems: (isInUse) => guarded(() => findCleanUpItems(context, isInUse)),
    cleanUp: (items) => guarded(() => cleanUp(context, items)),
    uninstallPlan: () => guarded(() => planUninstall(context)),
    uninstall: () => guarded(() => uninstall(context)),
    restoreRevision: (repo, revision, commit) =>
      guarded(() => restoreRevision(context, repo, revision, commit)),
    adopt: (prepared, options) => guarded(() => adoptFiles(context, prepared, options)),
    importModel: (source, options = {}) => guarded(() => importModel(context, source, options)),
    moveTo: (newRoot, options) => guarded(() => moveCache(context, newRoot, options)),
    folderState: () => folderState(context, { mustExist: true }),
    watch: (onChange) => watchCache(context, onChange),
  };
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
