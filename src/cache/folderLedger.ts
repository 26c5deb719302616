import path from 'node:path';
import { isObject, parseJson } from '../common/json';
import type { Disk } from './disk';
import { readRegularFile } from './regularFile';

/** A folder that this extension wrote to at some time. */
export interface KnownFolder {
  readonly path: string;
  /** Milliseconds since 1970 of the first write. */
  readonly sinceMs: number;
  /** Everything in it is ours: it lies in the extension's own storage. */
  readonly isOurs: boolean;
}

/** Remembers every folder that was ever a cache, so that *remove everything* finds the ones left behind. */
export class FolderLedger {
  readonly #file: string;
  readonly #stateRoot: string;
  readonly #disk: Disk;

  constructor(stateRoot: string, disk: Disk) {
    this.#file = path.join(stateRoot, 'folders.json');
    this.#stateRoot = stateRoot;
    this.#disk = disk;
  }

  all(): readonly KnownFolder[] {
    const json = parseJson(readRegularFile(this.#file) ?? '[]');
    if (!Array.isArray(json)) return [];
    return json.flatMap((item: unknown) => {
      if (!isObject(item)) return [];
      const { path: folderPath, sinceMs, isOurs } = item;
      if (typeof folderPath !== 'string' || !path.isAbsolute(folderPath)) return [];
      if (typeof sinceMs !== 'number') return [];
      return [{ path: folderPath, sinceMs, isOurs: isOurs === true }];
    });
  }

  async remember(folder: KnownFolder): Promise<void> {
    const known = this.all();
    if (known.some((one) => one.path === folder.path)) return;
    await this.#write([...known, folder]);
  }

  async forget(folder: string): Promise<void> {
    const known = this.all();
    if (!known.some((one) => one.path === folder)) return;
    await this.#write(known.filter((one) => one.path !== folder));
  }

  async #write(folders: readonly KnownFolder[]): Promise<void> {
    await this.#disk.makeFolder(this.#stateRoot);
    await this.#disk.writeWhole(this.#file, JSON.stringify(folders, undefined, 1), this.#stateRoot);
  }
}
