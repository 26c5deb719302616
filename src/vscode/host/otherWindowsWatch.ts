import { watch } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { causeText } from '../../common/asrError';
import { type Disposable, DisposableStore, toDisposable } from '../../common/disposable';
import type { Logger } from '../../common/logger';
import type { LazyManager } from './lazyManager';

/**
 * Loads the manager when another window begins a download, so that this window's status bar shows it as well. Until
 * then the only cost is one watched folder: no timer, no file is read, the cache is not scanned.
 */
export function watchOtherWindows(
  stateFolder: string,
  manager: Pick<LazyManager, 'get' | 'loaded'>,
  logger: Logger,
): Disposable {
  const disposables = new DisposableStore();
  const failed = (error: unknown): void =>
    logger.debug(`other windows are not watched: ${causeText(error)}`);
  const noticed = (name: string | null): void => {
    if (name?.endsWith('.json') !== true || manager.loaded !== undefined) return;
    void manager.get().catch(failed);
  };
  const begin = async (): Promise<void> => {
    await mkdir(stateFolder, { recursive: true });
    if (disposables.isDisposed) return;
    const watcher = watch(stateFolder, { persistent: false }, (_event, name) => noticed(name));
    watcher.on('error', failed);
    disposables.add(toDisposable(() => watcher.close()));
    for (const name of await readdir(stateFolder)) noticed(name);
  };
  void begin().catch(failed);
  return disposables;
}
