import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { RepoFile } from '../common/repository';
import { defined } from '../protocol/defined';
import { errnoOf, isDiskFull } from '../common/fileErrors';
import { isOwn } from '../common/fileInUse';
import { below, folded, isInside, slashedBelow } from '../common/paths';
import type { CacheContext } from './cacheContext';
import { hashFile } from './hashFile';
import { repoFolderName, repoOfFolder, repoPathsAt } from './layout';
import type { AdoptOptions } from './modelStore';
import { recordSums } from './pieceSums';
import type { PreparedFile, PreparedSnapshot } from './preparedSnapshot';

/** A file on this computer that may have the wanted bytes: its name states the digest, or is the wanted one. */
interface Source {
  readonly file: string;
  readonly stats: Stats;
  /** Hashed by us at this size and time, so it needs no second hashing. */
  readonly isVerified: boolean;
  /** In our own cache, where an existing file is never written into. */
  readonly isOurs: boolean;
  /** In `blobs/`, where programs replace files whole and people have no business. */
  readonly isBlob: boolean;
}

/**
 * See {@link StoreMaintenance.adopt}. Searches by digest in our other repositories, then in the other caches. A file is
 * brought by sharing its blocks where the disk can, by a second name where that is safe, else by copying, and is
 * hashed before it is published. The other cache is only read.
 */
export async function adoptFiles(
  context: CacheContext,
  prepared: PreparedSnapshot,
  options: AdoptOptions,
): Promise<readonly string[]> {
  const missing = prepared.files.filter((file) => file.state === 'missing');
  if (missing.length === 0) return [];
  context.ledger.refresh();
  const repos = await repoFolders([context.hubRoot, ...options.caches]);
  const sources = new Map<PreparedFile, readonly Source[]>();
  const { repo } = prepared.spec;
  for (const file of missing) {
    sources.set(file, await findSources(context, repos, repo, file.entry));
  }
  const totalBytes = [...sources].reduce(
    (sum, [file, found]) => sum + (found.length > 0 ? file.entry.sizeBytes : 0),
    0,
  );
  const adopted: string[] = [];
  let doneBytes = 0;
  const isStillMissing = (file: PreparedFile): boolean =>
    prepared.files.some((now) => now.entry.path === file.entry.path && now.state === 'missing');
  for (const [file, found] of sources) {
    if (found.length === 0) continue;
    const start = doneBytes;
    const onBytes = (bytes: number): void => {
      doneBytes = Math.min(start + file.entry.sizeBytes, doneBytes + bytes);
      options.onProgress?.({ step: 'adopt', doneBytes, totalBytes, currentFile: file.entry.path });
    };
    if (!isStillMissing(file) || (await bringAny(context, file, found, options, onBytes))) {
      await prepared.publish(file.entry.path);
      adopted.push(file.entry.path);
    }
    doneBytes = start + file.entry.sizeBytes;
  }
  return adopted;
}

/** The folder of every model in the given caches, each real folder once. */
async function repoFolders(caches: readonly string[]): Promise<readonly string[]> {
  const folders = new Set<string>();
  for (const cache of caches) {
    const real = await fs.realpath(cache).catch(() => undefined);
    if (real === undefined) continue;
    for (const name of await fs.readdir(real).catch(() => [])) {
      if (repoOfFolder(name) !== undefined) folders.add(path.join(real, name));
    }
  }
  return [...folders];
}

async function findSources(
  context: CacheContext,
  folders: readonly string[],
  repo: string,
  entry: RepoFile,
): Promise<readonly Source[]> {
  const realRoot = await fs.realpath(context.hubRoot).catch(() => context.hubRoot);
  const candidates = [
    ...folders.map((folder) => repoPathsAt(folder).blob(entry.digest.hex)),
    ...(await sameNames(folders, repo, entry.path)),
    ...context.ledger
      .entries()
      .filter((known) => known.hex === entry.digest.hex)
      .map((known) => below(realRoot, known.path)),
  ];
  const found: Source[] = [];
  for (const candidate of new Set(candidates)) {
    const real = await fs.realpath(candidate).catch(() => undefined);
    const stats = real === undefined ? undefined : await fs.stat(real).catch(() => undefined);
    if (real === undefined || stats?.isFile() !== true || stats.size !== entry.sizeBytes) continue;
    if (found.some((one) => one.file === real)) continue;
    const isOurs = isInside(candidate, realRoot);
    const key = slashedBelow(realRoot, candidate);
    const hex = isOurs ? context.ledger.hexOf(key, stats.size, stats.mtimeMs) : undefined;
    if (hex !== undefined && hex !== entry.digest.hex) continue;
    const isBlob = path.basename(path.dirname(candidate)) === 'blobs';
    found.push({ file: real, stats, isVerified: hex !== undefined, isOurs, isBlob });
  }
  return found.sort((a, b) => Number(b.isVerified) - Number(a.isVerified));
}

/**
 * Files of the same name in any snapshot of the same repository. Where links can't be made (Windows), other tools keep
 * the bytes there and their `blobs/` is empty (docs/hub-protocol.md section 5.4).
 */
async function sameNames(
  folders: readonly string[],
  repo: string,
  entryPath: string,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    if (folded(path.basename(folder)) !== folded(repoFolderName(repo))) continue;
    const paths = repoPathsAt(folder);
    for (const commit of await fs.readdir(paths.snapshots).catch(() => [])) {
      found.push(paths.entry(commit, entryPath));
    }
  }
  return found;
}

/** Brings the first source whose bytes turn out right to the file's partial. */
async function bringAny(
  context: CacheContext,
  file: PreparedFile,
  sources: readonly Source[],
  options: AdoptOptions,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  for (const source of sources) {
    const temporary = path.join(path.dirname(file.partialPath), `${randomUUID()}.tmp`);
    try {
      const shared = await bring(context, source, temporary, options.signal, onBytes);
      const isRight =
        (source.isVerified && shared) ||
        (await hasRightBytes(
          context,
          temporary,
          file.entry,
          options.signal,
          shared ? onBytes : undefined,
        ));
      if (isRight) {
        await context.disk.rename(temporary, file.partialPath);
        return true;
      }
      context.logger.warn(`${file.entry.path} on this computer does not have its right bytes`);
    } catch (error) {
      if (errnoOf(error) === undefined || isDiskFull(error)) throw error;
      context.logger.info(
        `${file.entry.path} could not be taken from this computer: ${String(error)}`,
      );
    } finally {
      await context.disk.remove(temporary);
    }
  }
  return false;
}

/** True when the bytes are the source's own (shared blocks or a second name), false when they were copied. */
async function bring(
  context: CacheContext,
  source: Source,
  to: string,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  if (await context.disk.clone(source.file, to)) return true;
  if (isSafeToShare(source) && (await context.disk.tryHardLink(source.file, to))) return true;
  await context.disk.copy(source.file, to, {
    onBytes,
    ...defined({ signal }),
  });
  return false;
}

/**
 * A second name (hard link) shares the bytes for good. That is safe where no other user can change them and where
 * programs never write into them: blobs of a Hub cache are only ever replaced whole
 * (docs/hub-protocol.md section 5.5).
 */
function isSafeToShare({ stats, isOurs, isBlob }: Source): boolean {
  const othersCanWrite = (stats.mode & 0o022) !== 0;
  return isOwn(stats) && (isOurs || (isBlob && !othersCanWrite));
}

async function hasRightBytes(
  context: CacheContext,
  file: string,
  entry: RepoFile,
  signal: AbortSignal | undefined,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<boolean> {
  const hashed = await hashFile(file, entry.digest.algorithm, {
    ...defined({ signal, onBytes }),
  });
  if (hashed?.hex !== entry.digest.hex) return false;
  await recordSums(context, { ...hashed, digest: entry.digest });
  return true;
}
