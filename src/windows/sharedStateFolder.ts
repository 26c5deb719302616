import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Disk } from '../cache';
import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import { FolderWatch } from '../common/folderWatch';
import { openForReading, retryInUse } from '../common/fileInUse';
import { levelsInCache } from '../common/sharedStatePath';

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

  /** `onlyIfShared`: writes nothing where no program has shared anything. */
  async write(
    name: string,
    text: string,
    { onlyIfShared = false }: { readonly onlyIfShared?: boolean } = {},
  ): Promise<void> {
    if (!onlyIfShared) await this.#disk.makeFolder(this.#folder);
    else if (!(await isThere(this.#folder))) return;
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
    const open = retryInUse(this.#clock, [file], () => openForReading(file));
    const handle = await open.catch(() => undefined);
    try {
      const stats = await handle?.stat();
      if (handle === undefined || stats === undefined || stats.size > maxFileBytes)
        return undefined;
      return { text: await handle.readFile('utf8'), writtenMs: stats.mtimeMs };
    } catch {
      return undefined;
    } finally {
      await handle?.close();
    }
  }

  /** Calls back soon after a file was added, changed or removed. Makes no folder for that. */
  watch(onChange: () => void): Disposable {
    return new FolderWatch(this.#folder, levelsInCache, this.#clock, onChange);
  }
}

async function isThere(folder: string): Promise<boolean> {
  return await fs.lstat(folder).then(
    () => true,
    () => false,
  );
}
