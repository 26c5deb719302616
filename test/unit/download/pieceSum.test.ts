import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { parseJournal } from '../../../src/common/journal';
import { SegmentPlan } from '../../../src/download/files/segmentPlan';
import { made, TransferBench } from './support/transferBench';

const digest = { algorithm: 'sha256' as const, hex: 'a'.repeat(64) };

/** A journal as the version before this one wrote it: with sums of 128 bits as hex digits. */
function olderText(
  sizeBytes: number,
  hex: string,
  pieces: readonly (readonly [number, number])[],
): string {
  const body = JSON.stringify({
    version: 2,
    sizeBytes,
    digest: hex,
    downloadedBytes: pieces.reduce((sum, [start, end]) => sum + end - start, 0),
    pieces: pieces.map(([start, end]) => [start, end, '0123456789abcdef'.repeat(2)]),
  });
  return `${body.slice(0, -1)},"check":${String(crc32(body))}}\n`;
}

describe('the sum of a piece', () => {
  it('is the CRC-32 of its bytes, however the writes cut them and in whichever order they end', () =>
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 700 }),
        fc.array(fc.nat(699), { maxLength: 6 }),
        fc.boolean(),
        (bytes, cuts, reversed) => {
          const ends = [...cuts.map((cut) => cut % bytes.byteLength), bytes.byteLength]
            .toSorted((a, b) => a - b)
            .filter((end, index, all) => end > (all[index - 1] ?? 0));
          const writes = ends.map((end, index) => ({ start: ends[index - 1] ?? 0, end }));
          if (reversed) writes.reverse();
          const plan = new SegmentPlan(bytes.byteLength, [], 256);
          for (const { start, end } of writes) {
            plan.wrote(start, end, (before) => crc32(bytes.subarray(start, end), before));
          }
          assert.ok(plan.isComplete);
          for (const { start, end, sum } of plan.pieces()) {
            assert.equal(sum, crc32(bytes.subarray(start, end)));
          }
        },
      ),
    ));

  it('is not known of a piece of an older journal, whose sums were of another kind', () => {
    const pieces = [
      [0, 100],
      [150, 200],
    ] as const;
    const text = olderText(1000, digest.hex, pieces);
    assert.deepEqual(parseJournal(text), {
      sizeBytes: 1000,
      digest,
      pieces: pieces.map(([start, end]) => ({ start, end, sum: undefined })),
    });
    assert.equal(parseJournal(text.replace('"version":2', '"version":3')), undefined);
    assert.equal(parseJournal(text.replace('[0,100', '[0,101')), undefined);
  });

  it('of an older journal is not needed where the bytes are right, and where they are not those pieces alone are fetched again', async () => {
    const bench = await TransferBench.start({ 'a.bin': made(3000) });
    try {
      const file = await bench.file('a.bin');
      assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
      const keptBytes = 2 * 1024 * 1024;
      for (const isSpoiled of [false, true]) {
        const handle = await fs.open(file.partialPath, 'r+');
        if (isSpoiled) await handle.write(Buffer.from('spoiled'), 0, 7, 1000);
        await handle.truncate(keptBytes);
        await handle.close();
        await fs.writeFile(
          file.journalPath,
          olderText(file.sizeBytes, file.digest.hex, [[0, keptBytes]]),
        );
        const before = bench.sentBytes;
        const run = bench.run([file]);
        assert.deepEqual(await run.outcome, { kind: 'completed' });
        await bench.assertWhole(file);
        assert.ok(run.progress.every(({ startedOver }) => startedOver === undefined));
        const sentBytes = bench.sentBytes - before;
        const wantedBytes = file.sizeBytes - (isSpoiled ? 0 : keptBytes);
        assert.ok(sentBytes >= wantedBytes && sentBytes < wantedBytes + 1024 * 1024);
      }
    } finally {
      await bench.close();
    }
  });
});
