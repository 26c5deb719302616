import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import type { FaultTarget } from '../../../hub';
import { FaultStage } from '../support/faultStage';
import { made, quickTuning, TransferBench } from '../support/transferBench';

const segment = quickTuning.segmentBytes;

/** Requests whose range has this byte of the file. */
function covering(offset: number): FaultTarget {
  return {
    matches({ range }) {
      const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
      return start === undefined || (Number(start) <= offset && offset <= Number(last));
    },
  };
}

describe('content that is not right', () => {
  let stage: FaultStage;
  afterEach(() => stage.close());

  it('a byte that is wrong once: starts over once, and says so', async () => {
    stage = await FaultStage.start(made(1500));
    const fault = stage.fault(
      { kind: 'corrupt', offset: 700_000 },
      { ...covering(700_000), times: 1 },
    );
    const run = await stage.completes({
      fetched: { atLeast: 2 * stage.sizeBytes, atMost: 2 * stage.sizeBytes + 2 * segment },
    });
    assert.equal(fault.hits, 1);
    const { startedOver } = run.progress.at(-1) ?? {};
    assert.equal(startedOver?.path, 'a.bin');
    assert.equal(startedOver.error.code, 'integrity');
  });

  it('a byte that stays wrong: ends in "integrity" after the second time, and nothing of it is kept', async () => {
    stage = await FaultStage.start(made(1500));
    stage.fault({ kind: 'corrupt', offset: 700_000 });
    await stage.fails({
      code: 'integrity',
      localizedMessage:
        /^What arrived for a\.bin is not what it should be: its checksum is wrong\. Try again/,
      fetched: { atLeast: 2 * stage.sizeBytes, atMost: 2 * stage.sizeBytes + 2 * segment },
    });
    assert.deepEqual(await stage.partials(), []);
  });

  it('an ETag that changes in the middle: the bytes that come with it are not taken', async () => {
    stage = await FaultStage.start(made(3000));
    const fault = stage.fault(
      { kind: 'content', content: made(3000, 'newer'), etag: 'newer' },
      { nth: [3, 4, 5] },
    );
    const run = await stage.completes({ fetched: { atMost: stage.sizeBytes + 8 * segment } });
    assert.equal(fault.hits, 3);
    assert.ok(run.progress.every(({ startedOver }) => startedOver === undefined));
  });

  for (const [what, etag] of [
    ['new in every answer', (nth: number) => `"${String(nth)}"`],
    ['weak, and new in every answer', (nth: number) => `W/"${String(nth)}"`],
  ] as const) {
    it(`an ETag that is ${what}: says nothing, the digest decides`, async () => {
      stage = await FaultStage.start(made(3000));
      for (let nth = 1; nth < 40; nth++) {
        stage.fault({ kind: 'headers', set: { ETag: etag(nth) } }, { nth });
      }
      const run = await stage.completes({
        settings: { maxRetries: 0 },
        fetched: { atMost: stage.sizeBytes + 8 * segment },
      });
      assert.ok(run.progress.every(({ retry }) => retry === undefined));
    });
  }

  it('an ETag that has changed for good: ends in "integrity", without a mixture', async () => {
    stage = await FaultStage.start(made(1000));
    stage.fault(
      { kind: 'content', content: made(1000, 'newer'), etag: 'newer' },
      { matches: ({ id }) => id > 3 },
    );
    await stage.fails({
      settings: { maxConnections: 1 },
      code: 'integrity',
      localizedMessage: /^The file changed at 127\.0\.0\.1:\d+ while it was fetched\.$/,
      fetched: { atMost: 2 * stage.sizeBytes },
    });
  });
});

describe('bytes that the disk has spoiled', () => {
  it('are distinguished from wrong ones by the received sums: only they are fetched again', async () => {
    const bench = await TransferBench.start(
      { 'a.bin': made(3000) },
      { pace: { bytesPerSecondTotal: 2e7 } },
    );
    try {
      const file = await bench.file('a.bin');
      const first = bench.run([file]);
      const { downloadedBytes } = await first.until((now) => now.downloadedBytes > 1_000_000);
      first.transfer.pause();
      await first.outcome;
      const handle = await fs.open(file.partialPath, 'r+');
      await handle.write(Buffer.from('spoiled'), 0, 7, 1000);
      await handle.close();
      const before = bench.sentBytes;
      const second = bench.run([file]);
      assert.deepEqual(await second.outcome, { kind: 'completed' });
      await bench.assertWhole(file);
      assert.ok(second.progress.every(({ startedOver }) => startedOver === undefined));
      // The rest, and of what was there one piece (which may have grown by a write of a neighbour).
      const again = bench.sentBytes - before - (file.sizeBytes - downloadedBytes);
      assert.ok(again <= 2 * quickTuning.pieceBytes, `${String(again)} bytes again`);
    } finally {
      await bench.close();
    }
  });
});
