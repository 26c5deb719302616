import path from 'node:path';
import type { Clock } from '../common/clock';
import { retryInUse } from '../common/fileInUse';
import { isObject, parseJson } from '../common/json';
import { isSameFolder, isSamePath } from '../common/paths';
import type { Disk } from './disk';
import { readRegularFile, regularText } from './regularFile';

/** A folder that this extension wrote to at some time. */
export interface KnownFolder {
  readonly path: string;
  /** Milliseconds since 1970 of the first write. */
  readonly sinceMs: number;
  /** Everything in it is ours: it lies in the extension's own storage. */
  readonly isOurs: boolean;
}

/** A folder among known ones, however it is written. */
export async function findFolder(
  known: readonly KnownFolder[],
  folder: string,
): Promise<KnownFolder | undefined> {
  const written = known.find((one) => isSamePath(one.path, folder));
  if (written !== undefined) return written;
  for (const one of known) if (await isSameFolder(one.path, folder)) return one;
  return undefined;
}

/** Remembers every folder that was ever a cache, so that *remove everything* finds the ones left behind. */
export class FolderLedger {
  readonly #file: string;
  readonly #stateRoot: string;
  readonly #disk: Disk;
  readonly #clock: Clock;

  constructor(stateRoot: string, disk: Disk, clock: Clock) {
    this.#file = path.join(stateRoot, 'folders.json');
    this.#stateRoot = stateRoot;
    this.#disk = disk;
    this.#clock = clock;
  }

  all(): readonly KnownFolder[] {
    return foldersOf(readRegularFile(this.#file));
  }

  async remember(folder: KnownFolder): Promise<void> {
    const known = await this.#allWhenFree();
    if ((await findFolder(known, folder.path)) !== undefined) return;
    await this.#write([...known, folder]);
  }

  async forget(folder: string): Promise<void> {
    const known = await this.#allWhenFree();
    const found = await findFolder(known, folder);
    if (found !== undefined) await this.#write(known.filter((one) => one !== found));
  }

  /** The file is rewritten from its content, so it must have been read: a program that holds it is waited for. */
  async #allWhenFree(): Promise<readonly KnownFolder[]> {
    const read = (): Promise<string | undefined> =>
      Promise.resolve().then(() => regularText(this.#file));
    return foldersOf(await retryInUse(this.#clock, [this.#file], read));
  }

  async #write(folders: readonly KnownFolder[]): Promise<void> {
    await this.#disk.makeFolder(this.#stateRoot);
    await this.#disk.writeWhole(this.#file, JSON.stringify(folders, undefined, 1), this.#stateRoot);
  }
}

function foldersOf(text: string | undefined): readonly KnownFolder[] {
  const json = parseJson(text ?? '[]');
  if (!Array.isArray(json)) return [];
  return json.flatMap((item: unknown) => {
    if (!isObject(item)) return [];
    const { path: folderPath, sinceMs, isOurs } = item;
    if (typeof folderPath !== 'string' || !path.isAbsolute(folderPath)) return [];
    if (typeof sinceMs !== 'number') return [];
    return [{ path: folderPath, sinceMs, isOurs: isOurs === true }];
  });
}
