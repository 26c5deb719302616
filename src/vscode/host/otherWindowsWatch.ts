import { readdir } from 'node:fs/promises';
import { systemClock } from '../../common/clock';
import type { Disposable } from '../../common/disposable';
import { FolderWatch } from '../../common/folderWatch';
import { levelsInCache, sharedStatePath } from '../../common/sharedStatePath';
import type { LazyManager } from './lazyManager';

/**
 * Loads the manager when another window begins a download into the cache at `hubRoot`, so that this window's status bar
 * shows it as well. Until then the only cost is one watched folder: no timer, no file is read, nothing is made, the
 * cache is not scanned.
 */
export function watchOtherWindows(
  hubRoot: string,
  manager: Pick<LazyManager, 'get' | 'loaded'>,
): Disposable {
  const folder = sharedStatePath(hubRoot);
  const look = async (): Promise<void> => {
    if (manager.loaded !== undefined) return;
    const names = await readdir(folder).catch(() => []);
    // An error here comes again, and visibly, in the next action of the person.
    if (names.some((name) => name.endsWith('.json'))) await manager.get().catch(() => undefined);
  };
  void look();
  return new FolderWatch(folder, levelsInCache, systemClock, () => void look());
}
