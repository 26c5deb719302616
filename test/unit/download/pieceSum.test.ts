import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addSums,
  emptySum,
  parseSum,
  sameSum,
  sumOf,
  sumText,
} from '../../../src/download/files/pieceSum';
import { SummedMemory } from '../../../src/download/files/summedMemory';

const bytes = fc.uint8Array({ maxLength: 700 });
const position = fc.nat(2 ** 40);

/** The bytes in memory that sums them where they lie, `shift` bytes further than it begins. */
function placed(of: Uint8Array, shift: number): { memory: SummedMemory; bytes: Uint8Array } {
  const memory = new SummedMemory(of.byteLength + shift);
  const all = memory.allocate(of.byteLength + shift);
  all.set(of, shift);
  return { memory, bytes: all.subarray(shift) };
}

describe('the sum of received bytes', () => {
  it('is the same the quick way and word by word, wherever the bytes lie', () =>
    fc.assert(
      fc.property(bytes, position, fc.nat(9), (value, at, shift) => {
        const { memory, bytes: there } = placed(value, shift);
        assert.deepEqual(memory.sum(there, at), sumOf(value, at));
      }),
    ));

  it('is what its definition says', () => {
    const value = Buffer.alloc(4096, 0xff);
    const all = 2n ** 64n - 1n;
    let words = 0n;
    let weighted = 0n;
    for (let word = 0n; word < 512n; word++) {
      words += all;
      weighted += all * (1000n + word);
    }
    const { memory, bytes: there } = placed(value, 0);
    assert.deepEqual(memory.sum(there, 8000), {
      words: BigInt.asUintN(64, words),
      weighted: BigInt.asUintN(64, weighted),
    });
  });

  it('adds up from parts, cut anywhere and in any order', () =>
    fc.assert(
      fc.property(bytes, position, fc.nat(700), fc.nat(700), (value, at, one, other) => {
        const [first, second] = [one, other]
          .map((cut) => Math.min(cut, value.byteLength))
          .toSorted((a, b) => a - b);
        const sums = [
          [second, value.byteLength],
          [0, first],
          [first, second],
        ].map(([from = 0, to = 0]) => sumOf(value.subarray(from, to), at + from));
        assert.deepEqual(sums.reduce(addSums, emptySum), sumOf(value, at));
      }),
    ));

  it('shows every byte that changed, and words that changed places', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 700 }),
        position,
        fc.nat(699),
        fc.integer({ min: 1, max: 255 }),
        (value, at, where, flip) => {
          const before = sumOf(value, at);
          const changed = Uint8Array.from(value);
          const index = where % value.byteLength;
          changed[index] = (changed[index] ?? 0) ^ flip;
          assert.ok(!sameSum(sumOf(changed, at), before));
        },
      ),
    );
    const page = Buffer.alloc(8192);
    page.fill('here', 0, 4096);
    page.fill('there', 4096);
    const swapped = Buffer.concat([page.subarray(4096), page.subarray(0, 4096)]);
    assert.ok(!sameSum(sumOf(swapped, 0), sumOf(page, 0)));
  });

  it('reads back from its text, and from nothing else', () => {
    const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(word, word, (words, weighted) =>
        assert.deepEqual(parseSum(sumText({ words, weighted })), { words, weighted }),
      ),
    );
    for (const other of [undefined, 7, '', 'a'.repeat(31), 'g'.repeat(32), `-${'1'.repeat(31)}`]) {
      assert.equal(parseSum(other), undefined);
    }
  });

  it('refuses bytes that lie elsewhere, and more memory than there is', () => {
    const memory = new SummedMemory(100_000);
    assert.throws(() => memory.sum(new Uint8Array(8), 0), TypeError);
    memory.allocate(100_000);
    assert.throws(() => memory.allocate(65_536), RangeError);
  });
});
