import type { Piece } from '../../common/journal';

/** A run of bytes, `end` exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes that one connection is fetching. Another connection may take over its tail, which makes `end` smaller. */
export interface Segment {
  readonly start: number;
  /** The next byte to be handed over for writing. */
  position: number;
  /** How many bytes from `position` on have arrived: they need not be fetched again. */
  arriving: number;
  end: number;
}

/** Bytes of a segment that have not come yet. */
export function bytesToCome({ position, arriving, end }: Segment): number {
  return end - position - arriving;
}

interface GrowingPiece {
  readonly start: number;
  end: number;
  sum: number | undefined;
}

function gapsBetween(covered: readonly ByteRange[], within: ByteRange): ByteRange[] {
  const sorted = covered.filter(({ end, start }) => end > within.start && start < within.end);
  sorted.sort((a, b) => a.start - b.start);
  const gaps: ByteRange[] = [];
  let position = within.start;
  for (const range of sorted) {
    if (range.start > position) gaps.push({ start: position, end: range.start });
    position = Math.max(position, range.end);
  }
  if (position < within.end) gaps.push({ start: position, end: within.end });
  return gaps;
}

/**
 * Which bytes of one file are on the disk, which are being fetched, and which come next. Segments are handed out in
 * file order, so that the hash can follow close behind; when nothing is left to hand out, the slowest segment's tail is.
 */
export class SegmentPlan {
  readonly sizeBytes: number;
  readonly #pieces = new Map<number, GrowingPiece>();
  readonly #pieceBytes: number;
  readonly #segments = new Set<Segment>();
  #writtenBytes = 0;
  #frontier = 0;

  /** `pieceBytes`: how long a piece may grow. */
  constructor(sizeBytes: number, pieces: readonly Piece[], pieceBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#pieceBytes = pieceBytes;
    for (const { start, end, sum } of pieces) {
      this.#pieces.set(start, { start, end, sum });
      this.#writtenBytes += end - start;
    }
  }

  /** Bytes that are on the disk (written, perhaps not yet flushed). */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  get isComplete(): boolean {
    return this.#writtenBytes === this.sizeBytes;
  }

  get activeSegments(): number {
    return this.#segments.size;
  }

  /** The end of the unbroken run of written bytes from the file's start. */
  frontier(): number {
    for (;;) {
      const piece = this.#pieces.get(this.#frontier) ?? this.#pieceAround(this.#frontier);
      if (piece === undefined || piece.end <= this.#frontier) return this.#frontier;
      this.#frontier = piece.end;
    }
  }

  #pieceAround(offset: number): Piece | undefined {
    if (offset === 0) return undefined;
    for (const piece of this.#pieces.values()) {
      if (piece.start < offset && piece.end > offset) return piece;
    }
    return undefined;
  }

  /** A copy of the written pieces in file order, for the journal. */
  pieces(): Piece[] {
    return [...this.#pieces.values()]
      .map(({ start, end, sum }) => ({ start, end, sum }))
      .sort((a, b) => a.start - b.start);
  }

  /** Ranges that are neither written nor being fetched, in file order. */
  unassigned(): ByteRange[] {
    return gapsBetween([...this.#pieces.values(), ...this.#segments], {
      start: 0,
      end: this.sizeBytes,
    });
  }

  /** The parts of a range that are not written yet. */
  missingWithin(range: ByteRange): ByteRange[] {
    return gapsBetween([...this.#pieces.values()], range);
  }

  /** Hands out at most `maxBytes` from the first gap; undefined when everything is written or handed out. */
  take(maxBytes: number): Segment | undefined {
    const gap = this.unassigned()[0];
    if (gap === undefined) return undefined;
    return this.#add({
      start: gap.start,
      position: gap.start,
      arriving: 0,
      end: Math.min(gap.end, gap.start + maxBytes),
    });
  }

  /** Hands out the whole file to one connection, for a server that does not do ranges. */
  takeWhole(): Segment | undefined {
    if (this.#segments.size > 0 || this.isComplete) return undefined;
    return this.#add({ start: 0, position: 0, arriving: 0, end: this.sizeBytes });
  }

  /**
   * Splits a running segment: the later part of what has not come yet becomes a new one, so long that `share` (0 to 1)
   * of it all is left to the first. Undefined when there is less than `minBytes` for each.
   */
  split(victim: Segment, minBytes: number, share = 0.5): Segment | undefined {
    const remaining = bytesToCome(victim);
    if (!this.#segments.has(victim) || remaining < 2 * minBytes) return undefined;
    const middle = victim.end - Math.min(remaining, Math.ceil(remaining * (1 - share)));
    const tail = { start: middle, position: middle, arriving: 0, end: victim.end };
    victim.end = middle;
    return this.#add(tail);
  }

  #add(segment: Segment): Segment {
    this.#segments.add(segment);
    return segment;
  }

  /** The segment's connection has ended; what it did not write is free again. */
  release(segment: Segment): void {
    this.#segments.delete(segment);
  }

  /**
   * Records that `[start, end)` was written. A write that continues a piece of this run makes that piece longer, up to
   * `pieceBytes`. `sum` gives the CRC-32 of the written bytes, continued from that of the bytes before them in the piece.
   */
  wrote(start: number, end: number, sum: (before: number) => number): void {
    const before = this.#growing.get(start);
    if (before !== undefined && before.end - before.start < this.#pieceBytes) {
      this.#growing.delete(start);
      before.sum = sum(before.sum ?? 0);
      before.end = end;
      this.#growing.set(end, before);
    } else {
      const piece = { start, end, sum: sum(0) };
      this.#pieces.set(start, piece);
      this.#growing.set(end, piece);
    }
    this.#writtenBytes += end - start;
  }

  /** Pieces written in this run, by their end: the next write may continue one. */
  readonly #growing = new Map<number, GrowingPiece>();

  /** Forgets what was written, but for these pieces of a journal. Nothing may be being fetched. */
  revertTo(pieces: readonly Piece[]): void {
    this.forget(this.pieces());
    for (const { start, end, sum } of pieces) {
      this.#pieces.set(start, { start, end, sum });
      this.#writtenBytes += end - start;
    }
  }

  /** Takes pieces back that turned out to be wrong; they will be fetched again. */
  forget(pieces: readonly Piece[]): void {
    for (const { start } of pieces) {
      const piece = this.#pieces.get(start);
      if (piece === undefined) continue;
      this.#pieces.delete(start);
      this.#growing.delete(piece.end);
      this.#writtenBytes -= piece.end - piece.start;
    }
    this.#frontier = 0;
  }
}
