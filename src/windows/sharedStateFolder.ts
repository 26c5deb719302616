import { randomUUID } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Disk } from '../cache';
import type { Clock } from '../common/clock';
import { type Disposable, DisposableStore, toDisposable } from '../common/disposable';

/** One change of a note is several events of the system. */
const quietMs = 40;
/** How often the folder is read where the system does not tell about it. */
const pollMs = 2_000;
/** A note is about as long as its model has files; anything longer is none of ours. */
const maxFileBytes = 8_000_000;

/**
 * A folder of small notes that windows leave for each other. A note is written whole or not at all, but not flushed:
 * after a power cut there is nobody left whom it could tell anything.
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
    const temporary = path.join(this.#folder, `${randomUUID()}.tmp`);
    try {
      await this.#disk.createFile(temporary, text);
      await this.#disk.rename(temporary, path.join(this.#folder, name));
    } catch (error) {
      await this.#disk.remove(temporary).catch(() => undefined);
      throw error;
    }
  }

  /** False when it was not there. */
  remove(name: string): Promise<boolean> {
    return this.#disk.remove(path.join(this.#folder, name));
  }

  /** Every name; none where there is no folder. */
  names(): Promise<readonly string[]> {
    return fs.readdir(this.#folder).catch(() => []);
  }

  /** A note and when it was written (milliseconds since 1970); undefined when it is gone or can't be one. */
  async read(name: string): Promise<{ text: string; writtenMs: number } | undefined> {
    const place = path.join(this.#folder, name);
    try {
      const stats = await fs.lstat(place);
      if (!stats.isFile() || stats.size > maxFileBytes) return undefined;
      return { text: await fs.readFile(place, 'utf8'), writtenMs: stats.mtimeMs };
    } catch {
      return undefined;
    }
  }

  /** Calls back soon after a note came, changed or went. Without a timer, except where the system can't tell. */
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
    // What was written between the caller's first look and now.
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
