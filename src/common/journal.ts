import { crc32 } from 'node:zlib';
import { parseDigest, sameDigest, type Digest } from './digest';
import { isByteCount, isObject, parseJson } from './json';

/** A run of bytes of a file that is on the disk; `end` is exclusive. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** The CRC-32 of its right bytes; undefined where that is not known. */
  readonly sum: number | undefined;
}

/** The content of a journal: these pieces of a file of this size and digest are flushed to the disk. */
export interface Journal {
  readonly sizeBytes: number;
  readonly digest: Digest;
  readonly pieces: readonly Piece[];
}

const version = 3;
/** The version before this one: its sums were of another kind, so its pieces are read as pieces without a sum. */
const versionOfOtherSums = 2;

function bodyText({ sizeBytes, digest, pieces }: Journal): string {
  return JSON.stringify({
    version,
    sizeBytes,
    digest: digest.hex,
    downloadedBytes: pieces.reduce((sum, { start, end }) => sum + end - start, 0),
    pieces: pieces.map(({ start, end, sum }) => [start, end, sum ?? null]),
  });
}

/**
 * The journal as text: one JSON object whose `check` is the CRC-32 of the object without it. `downloadedBytes` is there
 * for readers that only want the figure.
 */
export function journalText(journal: Journal): string {
  const body = bodyText(journal);
  return `${body.slice(0, -1)},"check":${String(crc32(body))}}\n`;
}

/** A CRC-32 as the journal writes it. */
function isSum(value: unknown): value is number {
  return isByteCount(value) && value <= 0xffff_ffff;
}

function parsePiece(value: unknown, hasSums: boolean): Piece | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [start, end, sum] = value as readonly unknown[];
  if (!isByteCount(start) || !isByteCount(end) || start >= end) return undefined;
  if (!hasSums || sum === null) return { start, end, sum: undefined };
  return isSum(sum) ? { start, end, sum } : undefined;
}

function parsePieces(value: unknown, sizeBytes: number, hasSums: boolean): Piece[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const pieces: Piece[] = [];
  let position = 0;
  for (const item of value) {
    const piece = parsePiece(item, hasSums);
    if (piece === undefined || piece.start < position || piece.end > sizeBytes) return undefined;
    position = piece.end;
    pieces.push(piece);
  }
  return pieces;
}

/** Whether the text is whole: its `check`, the last thing in it, is the sum of the rest. */
function isIntact(text: string, check: unknown): boolean {
  const end = text.lastIndexOf(',"check":');
  return end !== -1 && crc32(`${text.slice(0, end)}}`) === check;
}

/**
 * Reads a journal back. Undefined when the text is cut off, scrambled, of an unknown version, or does not add up: nothing
 * in it is believed then.
 */
export function parseJournal(text: string): Journal | undefined {
  const value = parseJson(text);
  if (!isObject(value) || !isIntact(text, value['check'])) return undefined;
  const hasSums = value['version'] === version;
  if (!hasSums && value['version'] !== versionOfOtherSums) return undefined;
  const { sizeBytes, digest: hex } = value;
  const digest = typeof hex === 'string' ? parseDigest(hex) : undefined;
  if (!isByteCount(sizeBytes) || digest === undefined) return undefined;
  const pieces = parsePieces(value['pieces'], sizeBytes, hasSums);
  return pieces === undefined ? undefined : { sizeBytes, digest, pieces };
}

/**
 * The pieces of a journal that can be built on: those of a journal for exactly this file that lie inside the bytes
 * which are there.
 */
export function usablePieces(
  text: string | undefined,
  file: { readonly sizeBytes: number; readonly digest: Digest },
  partialBytes: number,
): readonly Piece[] {
  const journal = text === undefined ? undefined : parseJournal(text);
  if (journal?.sizeBytes !== file.sizeBytes || !sameDigest(journal.digest, file.digest)) return [];
  return journal.pieces.filter(({ end }) => end <= partialBytes);
}
