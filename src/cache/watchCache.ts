import { type FSWatcher, watch } from 'node:fs';
import { type Disposable, DisposableStore, toDisposable } from '../common/disposable';
import type { CacheContext } from './cacheContext';

/** Changes come in bursts; one is told when it has been quiet for so long. */
const quietMs = 200;
/** How often what the system does not tell about (folders further down, network disks) is asked for. */
const pollMs = 10_000;

/**
 * See {@link StoreMaintenance.watch}. The system tells about the cache's root; what lies further down is compared with
 * the last scan now and then, which asks for times and sizes only.
 */
export function watchCache(context: CacheContext, onChange: () => void): Disposable {
  const disposables = new DisposableStore();
  let quiet: Disposable | undefined;
  const changed = (): void => {
    quiet?.dispose();
    quiet = context.clock.after(quietMs, onChange);
  };
  disposables.add(toDisposable(() => quiet?.dispose()));

  let watcher = watchFolder(context.hubRoot, changed);
  disposables.add(toDisposable(() => watcher?.close()));

  let next: Disposable | undefined;
  const poll = (): void => {
    next = context.clock.after(pollMs, () => {
      // The folder may not have been there before.
      watcher ??= watchFolder(context.hubRoot, changed);
      void context.scanner.hasChanged().then((hasChanged) => {
        if (disposables.isDisposed) return;
        if (hasChanged) changed();
        poll();
      });
    });
  };
  disposables.add(toDisposable(() => next?.dispose()));
  poll();
  return disposables;
}

function watchFolder(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
