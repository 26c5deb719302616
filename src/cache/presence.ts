import type { Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { defined } from '../protocol/defined';
import type { CacheContext } from './cacheContext';
import { hashFile, type WorkOptions } from './hashFile';
import type { RepoPaths } from './layout';
import type { TreeEntry } from './preparedSnapshot';
import { ledgerKey } from './publishFile';

/** Bytes that could be a wanted file: right name, right size. */
export interface Candidate {
  readonly file: string;
  readonly isBlob: boolean;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** Looks for a wanted file in its repository: its blob, or its own entry where links can't be made. */
export async function findCandidate(
  context: CacheContext,
  paths: RepoPaths,
  commit: string,
  entry: TreeEntry,
): Promise<Candidate | undefined> {
  const places = [
    { file: paths.blob(entry.digest.hex), isBlob: true },
    { file: paths.entry(commit, entry.path), isBlob: false },
  ];
  for (const { file, isBlob } of places) {
    const stats = await statInside(context.hubRoot, file);
    if (stats?.isFile() === true && stats.size === entry.sizeBytes) {
      return { file, isBlob, sizeBytes: stats.size, mtimeMs: stats.mtimeMs };
    }
  }
  return undefined;
}

/** A file's state with links followed, but not out of the cache. */
async function statInside(root: string, file: string): Promise<Stats | undefined> {
  try {
    const stats = await fs.lstat(file);
    if (!stats.isSymbolicLink()) return stats;
    const [realRoot, real] = await Promise.all([fs.realpath(root), fs.realpath(file)]);
    return real.startsWith(realRoot + path.sep) ? await fs.stat(real) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the ledger says that a candidate has the right bytes; undefined when nobody has looked. */
export function ledgerVerdict(
  context: CacheContext,
  candidate: Candidate,
  entry: TreeEntry,
): boolean | undefined {
  const key = ledgerKey(context, candidate.file);
  const hex = context.ledger.hexOf(key, candidate.sizeBytes, candidate.mtimeMs);
  return hex === undefined ? undefined : hex === entry.digest.hex;
}

/** Hashes candidates that nobody has looked at, writes the findings down, and answers which are right. */
export async function verifyCandidates(
  context: CacheContext,
  candidates: readonly { readonly candidate: Candidate; readonly entry: TreeEntry }[],
  { signal, onProgress }: WorkOptions,
): Promise<ReadonlySet<TreeEntry>> {
  const right = new Set<TreeEntry>();
  const totalBytes = candidates.reduce((sum, { candidate }) => sum + candidate.sizeBytes, 0);
  let doneBytes = 0;
  for (const { candidate, entry } of candidates) {
    const hashed = await hashFile(candidate.file, entry.digest.algorithm, {
      ...defined({ signal }),
      onBytes: (bytes) => {
        doneBytes += bytes;
        onProgress?.({ step: 'hash', doneBytes, totalBytes, currentFile: entry.path });
      },
    });
    if (hashed === undefined) continue;
    const key = ledgerKey(context, candidate.file);
    await context.ledger.recordHash(key, hashed.sizeBytes, hashed.mtimeMs, hashed.hex);
    if (hashed.hex === entry.digest.hex) right.add(entry);
    else context.logger.warn(`${key} does not have the bytes that its name says`);
  }
  return right;
}
