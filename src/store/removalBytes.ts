import type { CacheContext } from './cacheContext';
import type { ModelFiles } from './maintenance';
import { takenBy } from './removalPlan';

/** See {@link StoreMaintenance.removalBytes}. */
export function removalBytes(context: CacheContext, models: readonly ModelFiles[]): number {
  let bytes = 0;
  for (const repo of new Set(models.map((model) => model.repo))) {
    const found = context.find(repo);
    const going = found.snapshots.flatMap((snapshot) => {
      const paths = new Set(
        models.flatMap((model) =>
          model.repo === repo && model.commit === snapshot.commit ? model.paths : [],
        ),
      );
      return snapshot.entries.filter((entry) => paths.has(entry.path));
    });
    bytes += takenBy(found, new Set(going)).bytes;
  }
  return bytes;
}
