import type { Piece } from '../../../../src/common/journal';
import type { RequestRecord } from '../../../hub';

/** Some of a file's bytes, each in it or not. */
export class ByteSet {
  readonly #has: Uint8Array;

  constructor(sizeBytes: number) {
    this.#has = new Uint8Array(sizeBytes);
  }

  /** The bytes that a hub has sent in these answers, by its own log. */
  static sent(sizeBytes: number, records: readonly RequestRecord[]): ByteSet {
    const set = new ByteSet(sizeBytes);
    for (const { range, bytesSent } of records) {
      const start = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
      set.#has.fill(1, start, start + bytesSent);
    }
    return set;
  }

  static pieces(sizeBytes: number, pieces: readonly Pick<Piece, 'start' | 'end'>[]): ByteSet {
    const set = new ByteSet(sizeBytes);
    for (const { start, end } of pieces) set.#has.fill(1, start, end);
    return set;
  }

  /** How many of these bytes the other has too, or (`false`) lacks. */
  count(other: ByteSet, has: boolean): number {
    let count = 0;
    for (let at = 0; at < this.#has.length; at++) {
      if (this.#has[at] === 1 && (other.#has[at] === 1) === has) count++;
    }
    return count;
  }

  add(other: ByteSet): void {
    for (let at = 0; at < this.#has.length; at++) if (other.#has[at] === 1) this.#has[at] = 1;
  }
}
