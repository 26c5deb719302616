import type { CacheContext } from './cacheContext';
import type { ModelFiles } from './maintenance';
import type { StoredContent } from './cachedRepo';
import { freedBytes, takenBy } from './removalPlan';

/** See {@link StoreMaintenance.removalBytes}. */
export function removalBytes(context: CacheContext, models: readonly ModelFiles[]): number {
  // Counted together: content can have a name in each of two repositories.
  const contents: StoredContent[] = [];
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
    contents.push(...takenBy(found, new Set(going)).contents);
  }
  return freedBytes(contents);
}
