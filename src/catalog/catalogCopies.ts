import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../common/logger';
import { causeText } from '../common/asrError';

/** Copies of the catalogs that lie on the network, for when it is not there. */
export interface CatalogCopies {
  read(address: string): Promise<string | undefined>;
  write(address: string, text: string): Promise<void>;
  /** Bytes of all copies. */
  bytes(): Promise<number>;
  /** Removes all copies, and their folder when nothing else is in it. */
  remove(): Promise<void>;
}

/** What this writes; anything else in the folder is somebody else's. */
const ours = /^(?:[0-9a-f]{64}\.json|[0-9a-f-]{36}\.tmp)$/;

/** Keeps copies in a folder, one file for each address, written whole or not at all. Losing one is no failure. */
export function createCatalogCopies(folder: string, logger: Logger): CatalogCopies {
  function fileOf(address: string): string {
    return path.join(folder, `${createHash('sha256').update(address).digest('hex')}.json`);
  }
  async function files(): Promise<readonly string[]> {
    const names = await readdir(folder).catch(() => []);
    return names.filter((name) => ours.test(name)).map((name) => path.join(folder, name));
  }
  return {
    async bytes() {
      const sizes = await Promise.all(
        (await files()).map((file) =>
          stat(file).then(
            ({ size }) => size,
            () => 0,
          ),
        ),
      );
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    async remove() {
      for (const file of await files()) await rm(file, { force: true });
      // It stays when something else is in it.
      await rmdir(folder).catch(() => undefined);
    },
    async read(address) {
      try {
        return await readFile(fileOf(address), 'utf8');
      } catch {
        return undefined;
      }
    },
    async write(address, text) {
      const temporary = path.join(folder, `${randomUUID()}.tmp`);
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(temporary, text);
        await rename(temporary, fileOf(address));
      } catch (error) {
        logger.warn(`catalog: the copy of an extra catalog could not be kept: ${causeText(error)}`);
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    },
  };
}
