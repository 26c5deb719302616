import * as fs from 'node:fs/promises';
import path from 'node:path';
import { CacheContext } from './cacheContext';
import { createMaintenance } from './createMaintenance';
import { withDiskErrors } from './diskError';
import type { ModelStoreOptions, OpenedModelStore } from './modelStore';
import { prepareSnapshot } from './prepareSnapshot';
import { executeRemoval } from './removal';
import { planRemoval } from './removalPlan';
import { assertStoredRepo, assertSnapshotName } from './safePath';

/** Opens the cache. Nothing is read or written before it is asked for something. */
export function createModelStore(options: ModelStoreOptions): OpenedModelStore {
  const context = new CacheContext(options);
  const guarded = <T>(work: () => Promise<T>): Promise<T> => withDiskErrors(context.hubRoot, work);
  return {
    hubRoot: context.hubRoot,
    stateAccess: context,
    prepare: (spec, prepareOptions = {}) =>
      guarded(() => prepareSnapshot(context, spec, prepareOptions)),
    scan: () => guarded(() => context.scanner.scan()),
    freeBytes: () => freeBytes(context.hubRoot),
    removeFiles: (repo, commit, paths) =>
      guarded(async () => {
        assertStoredRepo(repo);
        assertSnapshotName(commit);
        return await context.changing(repo, async () => {
          const plan = planRemoval(context.find(repo), commit, paths);
          await executeRemoval(context, repo, plan);
          return plan.reclaimedBytes;
        });
      }),
    ...createMaintenance(context, guarded),
  };
}

/** Free bytes for this user on the file system of the nearest folder that exists. */
async function freeBytes(folder: string): Promise<number | undefined> {
  for (let place = folder; ; place = path.dirname(place)) {
    try {
      const stats = await fs.statfs(place);
      return stats.bavail * stats.bsize;
    } catch {
      if (place === path.dirname(place)) return undefined;
    }
  }
}
