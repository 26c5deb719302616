import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { isOwnFile, isRefusal } from '../common/fileInUse';
import type { RepoFile } from '../common/repository';
import type { CacheContext } from './cacheContext';
import type { RepoPaths } from './layout';
import type { PrepareOptions } from './modelStore';
import { isWorthSums, salvagePieces } from './pieceSums';
import { statInside } from './presentFiles';
import { makeWay } from './publish';

/**
 * Makes the file at a partial's path this user's own: the engine opens it by its name. Bytes of another user's download
 * are copied, so that they need not be fetched again and the other user can't change them later. A folder is set aside;
 * a link, a pipe or a file with a second name is removed.
 */
export async function ownPartial(
  context: CacheContext,
  paths: RepoPaths,
  hex: string,
): Promise<void> {
  const [partial, journal] = [paths.partialFile(hex), paths.journal(hex)];
  for (const file of [partial, journal]) {
    const stats = await fs.lstat(file).catch(() => undefined);
    if (stats?.isDirectory() === true) await makeWay(context, paths, file);
    else if (stats !== undefined && !(stats.isFile() && stats.nlink === 1)) {
      await context.disk.remove(file);
    }
  }
  const stats = await fs.lstat(partial).catch(() => undefined);
  if (stats === undefined || isOwnFile(stats)) return;
  const temporary = path.join(paths.partial, `${randomUUID()}.tmp`);
  try {
    await context.disk.copy(partial, temporary);
    await context.disk.rename(temporary, partial);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await context.disk.remove(temporary);
    await context.disk.remove(partial);
    await context.disk.remove(journal);
  }
}

/** The good pieces of a damaged file need not be fetched. */
export async function salvage(
  context: CacheContext,
  paths: RepoPaths,
  commit: string,
  entry: RepoFile,
  { signal }: PrepareOptions,
): Promise<void> {
  if (!isWorthSums(entry)) return;
  for (const file of [paths.blob(entry.digest.hex), paths.entry(commit, entry.path)]) {
    if ((await statInside(context.hubRoot, file))?.isFile() !== true) continue;
    await salvagePieces(context, paths, file, entry, signal);
    return;
  }
}
