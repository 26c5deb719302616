import { crc32 } from 'node:zlib';
import { parseDigest, sameDigest, type Digest } from '../../common/digest';
import { isByteCount, isObject, parseJson } from '../../common/json';
import { parseSum, sumText } from './pieceSum';
import type { Piece } from './segmentPlan';

/** What a journal says: these pieces of a file of this size and digest are flushed to the disk. */
export interface Journal {
  readonly sizeBytes: number;
  readonly digest: Digest;
  readonly pieces: readonly Piece[];
}

const version = 2;

function bodyText({ sizeBytes, digest, pieces }: Journal): string {
  return JSON.stringify({
    version,
    sizeBytes,
    digest: digest.hex,
    downloadedBytes: pieces.reduce((sum, { start, end }) => sum + end - start, 0),
    pieces: pieces.map(({ start, end, sum }) => [start, end, sumText(sum)]),
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

function parsePiece(value: unknown): Piece | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [start, end, text] = value as readonly unknown[];
  const sum = parseSum(text);
  if (!isByteCount(start) || !isByteCount(end) || sum === undefined || start >= end) {
    return undefined;
  }
  return { start, end, sum };
}

function parsePieces(value: unknown, sizeBytes: number): Piece[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const pieces: Piece[] = [];
  let position = 0;
  for (const item of value) {
    const piece = parsePiece(item);
    if (piece === undefined || piece.start < position || piece.end > sizeBytes) return undefined;
    position = piece.end;
    pieces.push(piece);
  }
  return pieces;
}

/**
 * Reads a journal back. Undefined when the text is cut off, scrambled, of another version, or does not add up:
 * nothing in it is believed then.
 */
export function parseJournal(text: string): Journal | undefined {
  const value = parseJson(text);
  if (!isObject(value) || value['version'] !== version) return undefined;
  const { sizeBytes, digest: hex, check } = value;
  const digest = typeof hex === 'string' ? parseDigest(hex) : undefined;
  if (!isByteCount(sizeBytes) || digest === undefined) return undefined;
  const pieces = parsePieces(value['pieces'], sizeBytes);
  if (pieces === undefined) return undefined;
  const journal = { sizeBytes, digest, pieces };
  return crc32(bodyText(journal)) === check ? journal : undefined;
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
