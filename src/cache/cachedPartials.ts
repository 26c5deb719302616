import { type Dirent, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { type Digest, parseDigest } from '../common/digest';
import { isByteCount, isObject, parseJson } from '../common/json';
import { defined } from '../protocol/defined';
import type { RepoPaths } from './layout';
import { readRegularFile } from './regularFile';

/** Bytes of an unfinished file, as they lie in `partial/`. */
export interface CachedPartial {
  readonly digest: Digest;
  readonly downloadedBytes: number;
  readonly sizeBytes?: number;
  readonly modifiedMs: number;
  /** Real blocks, in bytes. */
  readonly diskBytes: number;
}

/** Finds the partials among the names in `partial/`. `onFile` is called with every file that was read. */
export function readPartials(
  paths: RepoPaths,
  items: readonly Dirent[],
  onFile: (file: string) => Stats | undefined,
): readonly CachedPartial[] {
  return items.flatMap((item) => {
    const digest = item.isFile() ? parseDigest(item.name) : undefined;
    const file = path.join(paths.partial, item.name);
    const stats = digest && onFile(file);
    if (digest === undefined || stats === undefined) return [];
    onFile(paths.journal(digest.hex));
    const journal = readJournal(paths.journal(digest.hex));
    const diskBytes = stats.blocks * 512;
    const sizeBytes = journal?.sizeBytes;
    return [
      {
        digest,
        downloadedBytes: journal?.downloadedBytes ?? Math.min(stats.size, diskBytes),
        ...defined({ sizeBytes }),
        modifiedMs: stats.mtimeMs,
        diskBytes,
      },
    ];
  });
}

/** Bytes of one file that its journal vouches for; 0 without a partial, or without a journal that can be read. */
export function vouchedBytes(paths: RepoPaths, digestHex: string): number {
  const stats = statSync(paths.partialFile(digestHex), { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return 0;
  return readJournal(paths.journal(digestHex))?.downloadedBytes ?? 0;
}

/**
 * The little of a journal that a list needs. Its format belongs to `download/`; a journal that says these things
 * otherwise, or is torn, is answered by what the disk holds.
 */
function readJournal(file: string): { sizeBytes: number; downloadedBytes?: number } | undefined {
  const json = parseJson(readRegularFile(file) ?? '');
  if (!isObject(json)) return undefined;
  const { sizeBytes, downloadedBytes } = json;
  if (!isByteCount(sizeBytes)) return undefined;
  const isVouchedFor = isByteCount(downloadedBytes) && downloadedBytes <= sizeBytes;
  return { sizeBytes, ...(isVouchedFor ? { downloadedBytes } : {}) };
}
