import * as fs from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { RepoFile } from '../common/repository';
import { defined } from '../protocol/defined';
import type { Digest } from '../common/digest';
import { errnoOf } from '../common/fileErrors';
import { isRefusal } from '../common/fileInUse';
import { type Journal, journalText, parseJournal, type Piece } from '../common/journal';
import type { CacheContext } from './cacheContext';
import { copyInto } from './copySparse';
import type { RepoPaths } from './layout';
import { readRegularFile } from './regularFile';
import { vouchedBytes } from './cachedPartials';

/*
 * The sums of a verified file's pieces, kept beside the ledger in the form of a download's journal. When the file turns
 * out damaged, the pieces that still have their sums become a partial of it, and only the others are fetched. The sums
 * decide nothing: the whole file's digest does, as for every download.
 */

/** As the downloader's pieces: what one changed byte costs. */
const pieceBytes = 4 << 20;

/** Sums a file's pieces as its bytes come by, in order. */
export class PieceSums {
  readonly #ends: readonly number[];
  readonly #pieces: Piece[] = [];
  #position = 0;
  #start = 0;
  #sum = 0;

  /** `ends`: where pieces end, ascending. Default: every 4 MiB. */
  constructor(sizeBytes: number, ends?: readonly number[]) {
    this.#ends =
      ends ??
      Array.from({ length: Math.ceil(sizeBytes / pieceBytes) }, (_, index) =>
        Math.min(sizeBytes, (index + 1) * pieceBytes),
      );
  }

  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const end = this.#ends[this.#pieces.length];
      if (end === undefined) return;
      const part = chunk.subarray(at, Math.min(chunk.length, at + end - this.#position));
      this.#sum = crc32(part, this.#sum);
      this.#position += part.length;
      at += part.length;
      if (this.#position < end) return;
      this.#pieces.push({ start: this.#start, end, sum: this.#sum });
      this.#start = end;
      this.#sum = 0;
    }
  }

  /** Of the pieces that came whole. */
  get pieces(): readonly Piece[] {
    return this.#pieces;
  }
}

function sumsFolder({ sharedRoot }: CacheContext): string {
  return path.join(sharedRoot, 'sums');
}

function sumsFile(context: CacheContext, digestHex: string): string {
  return path.join(sumsFolder(context), `${digestHex}.json`);
}

/** A file of one piece is fetched whole anyway. */
export function isWorthSums({ sizeBytes }: { readonly sizeBytes: number }): boolean {
  return sizeBytes > pieceBytes;
}

/** Keeps the sums of a file that has its digest. */
export async function recordSums(context: CacheContext, journal: Journal): Promise<void> {
  const file = sumsFile(context, journal.digest.hex);
  if (!isWorthSums(journal) || knownSums(context, journal) !== undefined) return;
  try {
    await context.disk.makeFolder(path.dirname(file));
    await context.disk.writeWhole(file, journalText(journal), path.dirname(file), { flush: false });
  } catch (error) {
    // A cache that can't be written needs no repair either.
    if (!isRefusal(error) && errnoOf(error) !== 'EROFS') throw error;
  }
}

/** Keeps the sums that a download's journal has of its finished file. */
export async function recordJournalSums(
  context: CacheContext,
  journalFile: string,
  sizeBytes: number,
): Promise<void> {
  if (!isWorthSums({ sizeBytes })) return;
  const journal = parseJournal(readRegularFile(journalFile) ?? '');
  if (journal?.sizeBytes === sizeBytes) await recordSums(context, journal);
}

function knownSums(
  context: CacheContext,
  { digest, sizeBytes }: { readonly digest: Digest; readonly sizeBytes: number },
): Journal | undefined {
  const journal = parseJournal(readRegularFile(sumsFile(context, digest.hex)) ?? '');
  return journal?.digest.hex === digest.hex && journal.sizeBytes === sizeBytes
    ? journal
    : undefined;
}

/** Removes the sums of files that are gone. */
export async function compactSums(
  context: CacheContext,
  isKept: (digestHex: string) => boolean,
): Promise<void> {
  const folder = sumsFolder(context);
  for (const name of await fs.readdir(folder).catch(() => [])) {
    if (!isKept(name.replace(/\.json$/, ''))) await context.disk.remove(path.join(folder, name));
  }
  await context.disk.removeEmptyFolder(folder);
}

/**
 * Makes a partial of a damaged file's good pieces, for the download of the others. Does nothing when the sums are not
 * known, no piece is good, or a download has begun already. The caller holds the lock on the file.
 */
export async function salvagePieces(
  context: CacheContext,
  paths: RepoPaths,
  damaged: string,
  entry: RepoFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { hex } = entry.digest;
  const known = knownSums(context, entry);
  if (known === undefined || vouchedBytes(paths, hex) > 0) return;
  const [partialPath, journalPath] = [paths.partialFile(hex), paths.journal(hex)];
  const sums = new PieceSums(entry.sizeBytes, endsOf(known));
  await context.disk.remove(journalPath);
  await context.disk.remove(partialPath);
  const onChunk = (chunk: Uint8Array): void => sums.add(chunk);
  await copyInto(context.disk, damaged, partialPath, { onChunk, ...defined({ signal }) });
  const right = new Map(known.pieces.map((piece) => [piece.start, piece]));
  const pieces = sums.pieces.filter(
    ({ start, end, sum }) => right.get(start)?.end === end && right.get(start)?.sum === sum,
  );
  if (pieces.length === 0) {
    await context.disk.remove(partialPath);
    return;
  }
  const text = journalText({ sizeBytes: entry.sizeBytes, digest: entry.digest, pieces });
  await context.disk.writeWhole(journalPath, text, path.dirname(journalPath));
}

/** Where the known pieces begin and end; what lies between two of them has no sum and is summed for nothing. */
function endsOf({ pieces }: Journal): readonly number[] {
  return [...new Set(pieces.flatMap(({ start, end }) => [start, end]))].filter((end) => end > 0);
}
