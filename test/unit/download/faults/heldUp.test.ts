import assert from 'node:assert/strict';
import { realPartialFiles, type PartialFiles } from '../../../../src/download/files/partialFiles';
import { made, TransferBench } from '../support/transferBench';

/** The real disk, whose every write takes a while. */
function slowDisk(delayMs: number): PartialFiles {
  return {
    ...realPartialFiles,
    async open(filePath) {
      const file = await realPartialFiles.open(filePath);
      return {
        ...file,
        async write(buffers, position) {
          await new Promise((resolve) => setTimeout(resolve, delayMs));
          await file.write(buffers, position);
        },
      };
    },
  };
}

describe('a connection that is held up by this machine', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it('by a slow disk is no silent one: nothing is cut, counted or asked for twice', async () => {
    bench = await TransferBench.start({ 'a.bin': made(300) });
    const file = await bench.file('a.bin');
    const run = bench.run([file], {
      disk: slowDisk(200),
      settings: { stallTimeoutMs: 120, maxRetries: 0, maxConnections: 2 },
      tuning: { silentConnectionMs: 60, segmentBytes: 1e6, firstSegmentBytes: 1e6 },
    });
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.equal(bench.hub.log.filter(({ aborted }) => aborted).length, 0);
    assert.ok(run.progress.every(({ retry }) => retry === undefined));
  });

  it('by a low cap is no silent one either', async () => {
    bench = await TransferBench.start({ 'a.bin': made(96) });
    const file = await bench.file('a.bin');
    const run = bench.run([file], {
      settings: { maxBytesPerSecond: 400, stallTimeoutMs: 1500, maxRetries: 0, maxConnections: 4 },
      tuning: { silentConnectionMs: 800, minSegmentBytes: 8192, segmentBytes: 24_576 },
    });
    // The first of the four may continue after 2.5 s, the last after 10 s.
    await run.until(({ downloadedBytes }) => downloadedBytes > 4 * 1024);
    run.transfer.setMaxBytesPerSecond(0);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    assert.equal(bench.hub.log.filter(({ aborted }) => aborted).length, 0);
    assert.ok(run.progress.every(({ retry }) => retry === undefined));
  });
});
