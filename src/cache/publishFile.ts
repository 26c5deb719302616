import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { CacheContext } from './cacheContext';
import { errnoOf } from './diskError';
import { blobLinkTarget, type RepoPaths } from './layout';

/** The ledger's key of a path in the cache. */
export function ledgerKey(context: CacheContext, file: string): string {
  return path.relative(context.hubRoot, file).split(path.sep).join('/');
}

/** Where a verified file of this digest goes: to its blob, or where links can't be made straight to its entry. */
export async function publishPath(
  context: CacheContext,
  paths: RepoPaths,
  commit: string,
  entryPath: string,
  digestHex: string,
): Promise<string> {
  return (await context.canSymlink(paths.partial))
    ? paths.blob(digestHex)
    : paths.entry(commit, entryPath);
}

/**
 * Moves a verified file to its place. The ledger is told first: a memory of a file that is not there harms nobody,
 * while a file without it would be hashed again.
 */
export async function publishFile(
  context: CacheContext,
  verified: string,
  target: string,
  digestHex: string,
): Promise<void> {
  const stats = await fs.lstat(verified);
  const key = ledgerKey(context, target);
  await context.ledger.recordHash(key, stats.size, stats.mtimeMs, digestHex);
  await context.ledger.recordOwn([key]);
  await context.disk.makeFolder(path.dirname(target));
  await context.disk.rename(verified, target);
  await context.disk.flushFolder(path.dirname(target));
}

/** Makes a snapshot's entry lead to a blob, replacing whatever file or link has its name in one step. */
export async function linkEntry(
  context: CacheContext,
  paths: RepoPaths,
  commit: string,
  entryPath: string,
  blobName: string,
): Promise<void> {
  const entry = paths.entry(commit, entryPath);
  const target = blobLinkTarget(entryPath, blobName);
  await context.disk.makeFolder(path.dirname(entry));
  if ((await readLink(entry)) === target) return;
  await context.ledger.recordOwn([ledgerKey(context, entry)]);
  await replacing(context, paths, entry, (place) => context.disk.symlink(target, place));
  await context.disk.flushFolder(path.dirname(entry));
}

/** Gives a file a second name without a copy (hard link); false where that can't be. */
export async function hardLinkEntry(
  context: CacheContext,
  paths: RepoPaths,
  from: string,
  entry: string,
): Promise<boolean> {
  await context.disk.makeFolder(path.dirname(entry));
  try {
    await replacing(context, paths, entry, (place) => context.disk.hardLink(from, place));
    return true;
  } catch (error) {
    if (
      ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].includes(errnoOf(error) ?? '')
    ) {
      return false;
    }
    throw error;
  }
}

/** Makes something new under a name that may be taken, without a moment in which the name is missing. */
async function replacing(
  context: CacheContext,
  paths: RepoPaths,
  place: string,
  make: (place: string) => Promise<void>,
): Promise<void> {
  try {
    await make(place);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    const temporary = path.join(paths.partial, `${randomUUID()}.tmp`);
    await make(temporary);
    await context.disk.rename(temporary, place);
  }
}

async function readLink(place: string): Promise<string | undefined> {
  return await fs.readlink(place).catch(() => undefined);
}

/** Writes a ref, only when it says something else (read-only caches stay usable); never with a newline. */
export async function writeRef(
  context: CacheContext,
  paths: RepoPaths,
  revision: string,
  commit: string,
): Promise<void> {
  const ref = paths.ref(revision);
  const now = await fs.readFile(ref, 'utf8').catch(() => undefined);
  if (now === commit) return;
  await context.disk.makeFolder(path.dirname(ref));
  await context.disk.writeWhole(ref, commit, paths.partial);
  await context.disk.flushFolder(path.dirname(ref));
}
