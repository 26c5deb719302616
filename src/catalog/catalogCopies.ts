import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../base/logger';
import { causeText } from '../base/asrError';

/** Copies of the catalogs that lie on the network, for when it is not there. */
export interface CatalogCopies {
  read(address: string): Promise<string | undefined>;
  write(address: string, text: string): Promise<void>;
}

/** Keeps copies in a folder, one file for each address, written whole or not at all. Losing one is no failure. */
export function createCatalogCopies(folder: string, logger: Logger): CatalogCopies {
  function fileOf(address: string): string {
    return path.join(folder, `${createHash('sha256').update(address).digest('hex')}.json`);
  }
  return {
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
