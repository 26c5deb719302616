import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { causeText } from '../common/asrError';
import { writeFileAtomically } from '../common/atomicFile';
import { systemClock } from '../common/clock';
import { readTextWhenFree, removeWhenFree, retryInUse } from '../common/fileInUse';
import { isObject, parseJson } from '../common/json';
import type { Logger } from '../common/logger';
import { defined } from '../protocol/defined';
import { textField } from './jsonFields';

/** The files of {@link CatalogCopies}; anything else in the folder belongs to another program. */
const copyName = /^(?:[0-9a-f]{64}(?:\.etag)?\.json|[0-9a-f-]{36}\.tmp)$/;

/** A catalog as its server gave it, and the tag by which the server tells whether it has changed since. */
export interface CatalogCopy {
  readonly text: string;
  readonly etag?: string;
}

/**
 * Copies of the catalogs on the network, for when it can't be reached: one file in a folder for each address,
 * written whole or not at all. Losing one is no failure.
 */
export class CatalogCopies {
  readonly #folder: string;
  readonly #logger: Logger;

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  async read(address: string): Promise<CatalogCopy | undefined> {
    try {
      const text = await readTextWhenFree(this.#fileOf(address));
      const stored = await readTextWhenFree(this.#tagFileOf(address)).catch(() => '');
      const value = parseJson(stored);
      const etag = isObject(value) ? textField(value, 'etag') : undefined;
      return { text, ...defined({ etag }) };
    } catch {
      return undefined;
    }
  }

  /** Keeps a catalog. The tag is written last: with an older one the catalog is only sent once more. */
  async write(address: string, { text, etag }: CatalogCopy): Promise<void> {
    await this.#put(this.#fileOf(address), text);
    if (etag === undefined) await removeWhenFree(this.#tagFileOf(address));
    else await this.#put(this.#tagFileOf(address), JSON.stringify({ etag }));
  }

  async #put(file: string, text: string): Promise<void> {
    const temporary = path.join(this.#folder, `${randomUUID()}.tmp`);
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFileAtomically(file, text, { temporary, flush: false });
    } catch (error) {
      this.#logger.warn(
        `catalog: the copy of an extra catalog could not be kept: ${causeText(error)}`,
      );
    }
  }

  /** Bytes of all copies. */
  async bytes(): Promise<number> {
    const sizes = await Promise.all(
      (await this.#files()).map((file) =>
        stat(file).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Removes all copies, and their folder when nothing else is in it. */
  async remove(): Promise<void> {
    for (const file of await this.#files()) await removeWhenFree(file);
    // The folder stays when something else is in it.
    await retryInUse(systemClock, [this.#folder], () => rmdir(this.#folder)).catch(() => undefined);
  }

  #fileOf(address: string): string {
    return path.join(this.#folder, `${sha256Of(address)}.json`);
  }

  #tagFileOf(address: string): string {
    return path.join(this.#folder, `${sha256Of(address)}.etag.json`);
  }

  async #files(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => copyName.test(name)).map((name) => path.join(this.#folder, name));
  }
}

/** The sha256 of a text, in lower-case hex. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
