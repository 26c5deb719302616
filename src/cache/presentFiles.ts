import type { Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { RepoFile } from '../common/repository';
import { defined } from '../protocol/defined';
import { isInside } from '../common/paths';
import type { CacheContext } from './cacheContext';
import { hashFile, type WorkOptions } from './hashFile';
import type { RepoPaths } from './layout';
import type { PrepareOptions } from './modelStore';
import { recordSums } from './pieceSums';
import type { SnapshotSpec } from './preparedSnapshot';
import { ledgerKey } from './publish';

/** The paths of the wanted files whose right bytes are in the repository. Changes nothing but the ledger. */
export async function findPresent(
  context: CacheContext,
  { repo, commit }: SnapshotSpec,
  wanted: ReadonlyMap<string, RepoFile>,
  options: PrepareOptions,
): Promise<ReadonlySet<string>> {
  const paths = context.pathsOf(repo);
  const refetch = new Set(options.refetch);
  const found = new Map<RepoFile, Candidate>();
  for (const entry of wanted.values()) {
    if (refetch.has(entry.path)) continue;
    const candidate = await findCandidate(context, paths, commit, entry);
    if (candidate !== undefined) found.set(entry, candidate);
  }
  const right = await entriesWithRightBytes(context, found, options);
  return new Set([...right].map((entry) => entry.path));
}

/** Bytes that could be a wanted file: right name, right size. */
export interface Candidate {
  readonly file: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** A wanted file in its repository: its blob, or its own entry where links can't be made. */
export async function findCandidate(
  context: CacheContext,
  paths: RepoPaths,
  commit: string,
  entry: RepoFile,
): Promise<Candidate | undefined> {
  for (const file of [paths.blob(entry.digest.hex), paths.entry(commit, entry.path)]) {
    const stats = await statInside(context.hubRoot, file);
    if (stats?.isFile() === true && stats.size === entry.sizeBytes) {
      return { file, sizeBytes: stats.size, mtimeMs: stats.mtimeMs };
    }
  }
  return undefined;
}

/** A file's state with links followed, but not out of the cache. */
export async function statInside(root: string, file: string): Promise<Stats | undefined> {
  try {
    const stats = await fs.lstat(file);
    if (!stats.isSymbolicLink()) return stats;
    const [realRoot, real] = await Promise.all([fs.realpath(root), fs.realpath(file)]);
    return isInside(real, realRoot) ? await fs.stat(real) : undefined;
  } catch {
    return undefined;
  }
}

/** Which entries have the right bytes: by the ledger, else by hashing them now and recording what they are. */
export async function entriesWithRightBytes(
  context: CacheContext,
  candidates: ReadonlyMap<RepoFile, Candidate>,
  { signal, onProgress }: WorkOptions,
): Promise<ReadonlySet<RepoFile>> {
  const right = new Set<RepoFile>();
  const unknown: [RepoFile, Candidate][] = [];
  for (const [entry, candidate] of candidates) {
    const key = ledgerKey(context, candidate.file);
    const hex = context.ledger.hexOf(key, candidate.sizeBytes, candidate.mtimeMs);
    if (hex === undefined) unknown.push([entry, candidate]);
    else if (hex === entry.digest.hex) right.add(entry);
  }
  const totalBytes = unknown.reduce((sum, [, candidate]) => sum + candidate.sizeBytes, 0);
  let doneBytes = 0;
  for (const [entry, { file }] of unknown) {
    const hashed = await hashFile(file, entry.digest.algorithm, {
      ...defined({ signal }),
      onBytes: (bytes) => {
        doneBytes += bytes;
        onProgress?.({ step: 'hash', doneBytes, totalBytes, currentFile: entry.path });
      },
    });
    if (hashed === undefined) continue;
    const key = ledgerKey(context, file);
    await context.ledger.recordHash(key, hashed.sizeBytes, hashed.mtimeMs, hashed.hex);
    if (hashed.hex === entry.digest.hex) {
      right.add(entry);
      await recordSums(context, { ...hashed, digest: entry.digest });
    } else context.logger.warn(`${key} does not have the bytes that its name says`);
  }
  return right;
}
