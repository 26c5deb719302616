/**
 * What is known of bytes that were received, so that later it can be told whether the disk gives back the same: the sum
 * of their 64-bit words, and the sum of the words times their places in the file, both modulo 2^64. A byte that changed
 * shows in the first, one that moved in the second. Sums of different bytes of one file add up, in any order.
 */
export interface PieceSum {
  readonly words: bigint;
  readonly weighted: bigint;
}

/** The sum of no bytes. */
export const emptySum: PieceSum = { words: 0n, weighted: 0n };

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

/** The sum of two runs of bytes of one file that do not overlap. */
export function addSums(a: PieceSum, b: PieceSum): PieceSum {
  return { words: wrap(a.words + b.words), weighted: wrap(a.weighted + b.weighted) };
}

export function sameSum(a: PieceSum, b: PieceSum): boolean {
  return a.words === b.words && a.weighted === b.weighted;
}

/** The sum as 32 hex digits. */
export function sumText({ words, weighted }: PieceSum): string {
  return [words, weighted].map((part) => part.toString(16).padStart(16, '0')).join('');
}

/** Reads what {@link sumText} wrote; undefined for anything else. */
export function parseSum(value: unknown): PieceSum | undefined {
  if (typeof value !== 'string' || !/^[0-9a-f]{32}$/.test(value)) return undefined;
  return { words: BigInt(`0x${value.slice(0, 16)}`), weighted: BigInt(`0x${value.slice(16)}`) };
}

/** Up to 8 bytes that lie in one word of the file, at `position`. */
function sumWithinWord(bytes: Uint8Array, position: number): PieceSum {
  let word = 0n;
  for (const [index, byte] of bytes.entries()) {
    word |= BigInt(byte) << BigInt(8 * ((position + index) % 8));
  }
  return { words: word, weighted: wrap(word * BigInt(Math.floor(position / 8))) };
}

/** The sum of bytes at a position of the file, word by word: for the ends of what a quicker way sums. */
export function sumOf(bytes: Uint8Array, position: number): PieceSum {
  let sum = emptySum;
  let from = 0;
  while (from < bytes.byteLength) {
    const to = Math.min(bytes.byteLength, from + 8 - ((position + from) % 8));
    sum = addSums(sum, sumWithinWord(bytes.subarray(from, to), position + from));
    from = to;
  }
  return sum;
}
