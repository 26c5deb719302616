import { type FSWatcher, watch } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Disk } from '../cache';
import type { Clock } from '../common/clock';
import { type Disposable, DisposableStore, toDisposable } from '../common/disposable';

/** The system reports one change of a file as several events. */
const quietMs = 40;
/** How often the folder is read where the system does not report changes. */
const pollMs = 2_000;
/** A state file is about as long as its model has files; a longer file is not one. */
const maxFileBytes = 8_000_000;

/**
 * A folder of small files that windows write for each other. A file is written whole or not at all, but not flushed:
 * after a power cut no window is left that could read it.
 */
export class SharedStateFolder {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #clock: Clock;

  constructor(folder: string, disk: Disk, clock: Clock) {
    this.#folder = folder;
    this.#disk = disk;
    this.#clock = clock;
  }

  async write(name: string, text: string): Promise<void> {
    await this.#disk.makeFolder(this.#folder);
    const file = path.join(this.#folder, name);
    await this.#disk.writeWhole(file, text, this.#folder, { flush: false });
  }

  /** False when it was not there. */
  remove(name: string): Promise<boolean> {
    return this.#disk.remove(path.join(this.#folder, name));
  }

  /** Every name; none where there is no folder. */
  names(): Promise<readonly string[]> {
    return fs.readdir(this.#folder).catch(() => []);
  }

  /** A file and when it was written (milliseconds since 1970); undefined when it is gone or is not a state file. */
  async read(name: string): Promise<{ text: string; writtenMs: number } | undefined> {
    const file = path.join(this.#folder, name);
    try {
      const stats = await fs.lstat(file);
      if (!stats.isFile() || stats.size > maxFileBytes) return undefined;
      return { text: await fs.readFile(file, 'utf8'), writtenMs: stats.mtimeMs };
    } catch {
      return undefined;
    }
  }

  /** Calls back soon after a file was added, changed or removed. Uses a timer only where the system reports nothing. */
  watch(onChange: () => void): Disposable {
    const disposables = new DisposableStore();
    let quiet: Disposable | undefined;
    const changed = (): void => {
      quiet ??= this.#clock.after(quietMs, () => {
        quiet = undefined;
        onChange();
      });
    };
    disposables.add(toDisposable(() => quiet?.dispose()));
    void this.#watchSystem(changed, disposables);
    return disposables;
  }

  async #watchSystem(changed: () => void, disposables: DisposableStore): Promise<void> {
    await this.#disk.makeFolder(this.#folder).catch(() => undefined);
    if (disposables.isDisposed) return;
    let watcher: FSWatcher;
    try {
      watcher = watch(this.#folder, { persistent: false }, changed);
    } catch {
      this.#poll(changed, disposables);
      return;
    }
    watcher.on('error', () => {
      watcher.close();
      this.#poll(changed, disposables);
    });
    disposables.add(toDisposable(() => watcher.close()));
    // A file may have been written between the caller's first poll and now.
    changed();
  }

  #poll(changed: () => void, disposables: DisposableStore): void {
    let next: Disposable | undefined;
    const schedule = (): void => {
      next = this.#clock.after(pollMs, () => {
        changed();
        schedule();
      });
    };
    schedule();
    disposables.add(toDisposable(() => next?.dispose()));
  }
}
