import { type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';
import type { Clock } from './clock';
import { type Disposable, DisposableStore, toDisposable } from './disposable';

/** The system reports one change of a file as several events. */
const quietMs = 40;
/** How often the caller looks for itself where the system does not report changes. */
const pollMs = 2_000;

/**
 * Calls back soon after a file in a folder was added, changed or removed. The folder is not made for that: while it is
 * missing, its nearest ancestor is watched, up to `levels` steps above it. Uses a timer only where the system reports
 * nothing.
 */
export class FolderWatch implements Disposable {
  readonly #folder: string;
  readonly #levels: number;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #disposables = new DisposableStore();
  /** The watched folder: its path and its number, which another folder of the same path does not have. */
  #watched: string | undefined;
  #watcher: FSWatcher | undefined;
  #quiet: Disposable | undefined;
  #poll: Disposable | undefined;

  constructor(folder: string, levels: number, clock: Clock, onChange: () => void) {
    this.#folder = folder;
    this.#levels = levels;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#disposables.add(
      toDisposable(() => {
        this.#watcher?.close();
        this.#quiet?.dispose();
        this.#poll?.dispose();
      }),
    );
    this.#follow();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** Watches the folder, or what is nearest to it, unless that is watched already. */
  #follow(): void {
    const nearest = this.#nearest();
    if (nearest?.id === this.#watched && this.#watcher !== undefined) return;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = nearest?.id;
    try {
      if (nearest === undefined) throw new Error('there is nothing to watch');
      const watcher = watch(nearest.path, { persistent: false }, () => this.#changed());
      watcher.on('error', () => {
        watcher.close();
        if (this.#watcher === watcher) this.#pollInstead();
      });
      this.#watcher = watcher;
      // No event reports a file that was made between the check for the folder and now.
      if (this.#nearest()?.id !== nearest.id) this.#follow();
    } catch {
      this.#pollInstead();
    }
  }

  #nearest(): { readonly path: string; readonly id: string } | undefined {
    let folder = this.#folder;
    for (let level = 0; level <= this.#levels; level++) {
      const number = folderNumber(folder);
      if (number !== undefined) return { path: folder, id: `${String(number)} ${folder}` };
      folder = path.dirname(folder);
    }
    return undefined;
  }

  #changed(): void {
    this.#quiet ??= this.#clock.after(quietMs, () => {
      this.#quiet = undefined;
      this.#follow();
      this.#onChange();
    });
  }

  #pollInstead(): void {
    this.#watcher = undefined;
    this.#poll?.dispose();
    if (this.#disposables.isDisposed) return;
    this.#poll = this.#clock.after(pollMs, () => {
      this.#follow();
      this.#onChange();
    });
  }
}

function folderNumber(folder: string): number | undefined {
  try {
    const stats = statSync(folder);
    return stats.isDirectory() ? stats.ino : undefined;
  } catch {
    return undefined;
  }
}
