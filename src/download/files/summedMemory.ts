import { addSums, sumOf, type PieceSum } from './pieceSum';
import { roundBytes, sumModule } from './sumModule';

/** The unit in which WebAssembly counts memory. */
const pageBytes = 65_536;
/** The first page: what the module answers, and nothing else. */
const answerBytes = 64;

type Sum = (at: number, rounds: number, out: number) => void;

function isSum(value: unknown): value is Sum {
  return typeof value === 'function';
}

/**
 * Memory whose bytes are summed where they lie, at the speed of memory itself: a CRC-32 over everything that is received
 * took a fifth of the transfer thread's time (test/bench/README.md). What is not touched costs nothing.
 */
export class SummedMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #answer: BigUint64Array;
  readonly #sum: Sum;
  readonly bytes: number;
  #usedBytes = pageBytes;

  /** `bytes`: how much {@link allocate} can give, in all. */
  constructor(bytes: number) {
    this.bytes = bytes;
    const pages = 1 + Math.ceil(bytes / pageBytes);
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.#answer = new BigUint64Array(this.#memory.buffer, 0, answerBytes / 8);
    const module = new WebAssembly.Module(sumModule);
    const { sum } = new WebAssembly.Instance(module, { e: { m: this.#memory } }).exports;
    if (!isSum(sum)) throw new TypeError('the module lacks its function');
    this.#sum = sum;
  }

  /** Memory that is given back by {@link clear} alone. Throws a RangeError when there is not as much left. */
  allocate(bytes: number): Uint8Array {
    const memory = new Uint8Array(this.#memory.buffer, this.#usedBytes, bytes);
    this.#usedBytes += bytes;
    return memory;
  }

  /** Takes everything back that was allocated. */
  clear(): void {
    this.#usedBytes = pageBytes;
  }

  /** The sum of bytes of this memory that lie, or will, at `position` of a file. */
  sum(bytes: Uint8Array, position: number): PieceSum {
    if (bytes.buffer !== this.#memory.buffer) throw new TypeError('bytes of another memory');
    const head = Math.min(bytes.byteLength, (8 - (position % 8)) % 8);
    const rounds = Math.floor((bytes.byteLength - head) / roundBytes);
    const tail = head + rounds * roundBytes;
    this.#sum(bytes.byteOffset + head, rounds, 0);
    return [
      sumOf(bytes.subarray(0, head), position),
      this.#answered(rounds, Math.ceil(position / 8)),
      sumOf(bytes.subarray(tail), position + tail),
    ].reduce(addSums);
  }

  /**
   * The module's answer as a sum. With the word w of lane j in round m, of R, the running sums add up to the sum of
   * (R - m) w; wanted is that of (firstWord + 4 m + j) w.
   */
  #answered(rounds: number, firstWord: number): PieceSum {
    const laneCount = BigInt(roundBytes / 8);
    let words = 0n;
    let weighted = 0n;
    for (let lane = 0n; lane < laneCount; lane++) {
      const total = this.#answer[Number(lane) * 2] ?? 0n;
      const running = this.#answer[Number(lane) * 2 + 1] ?? 0n;
      words += total;
      weighted +=
        laneCount * (BigInt(rounds) * total - running) + (BigInt(firstWord) + lane) * total;
    }
    return { words: BigInt.asUintN(64, words), weighted: BigInt.asUintN(64, weighted) };
  }
}
