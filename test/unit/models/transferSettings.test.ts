import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { contentBytes, generatedContent } from '../../hub';
import { CoreBench } from './support/coreBench';

const content = generatedContent({ sizeBytes: 12_000_000, seed: 'capped' });

describe('a setting that changes while a download runs', () => {
  let bench: CoreBench;
  beforeEach(async () => {
    bench = await CoreBench.start([{ name: 'org/capped', files: { 'model.bin': content } }]);
  });
  afterEach(() => bench.close());

  it('slows it down at once to the new cap, which is held, and lets it go again', async () => {
    bench.hub.pace.bytesPerSecondTotal = 4_000_000;
    const running = await bench.manager.download('hf:org/capped');
    await bench.until(running, ({ downloadedBytes }) => downloadedBytes > 1_000_000);
    await bench.change({ maxBytesPerSecond: 600_000 });
    const after = (ms: number): (() => boolean) => {
      const start = performance.now();
      return () => performance.now() - start > ms;
    };
    // Bytes that were being read when the cap came may come for half a second; half the speed makes up for them.
    const first = await bench.until(running, after(1000));
    const firstMs = performance.now();
    const last = await bench.until(running, after(2000));
    const seconds = (performance.now() - firstMs) / 1000;
    const bytesPerSecond = (last.downloadedBytes - first.downloadedBytes) / seconds;
    // The reports come when this process gets its turn, so that figures of two seconds are rough; the cap alone, and how
    // closely it is held, are in download/bandwidthCap.test.ts. Without it there are four million bytes a second.
    assert.ok(bytesPerSecond < 1_200_000, `${bytesPerSecond.toFixed(0)} B/s`);
    assert.ok(bytesPerSecond > 100_000, `${bytesPerSecond.toFixed(0)} B/s`);

    bench.hub.pace.bytesPerSecondTotal = 0;
    await bench.change({ maxBytesPerSecond: 1000 });
    await bench.change({ maxBytesPerSecond: 0 });
    // The rest would take hours at the cap before.
    const model = await running.finished;
    assert.deepEqual(await readFile(model.path), contentBytes(content));
    assert.equal(bench.hub.log.filter(({ aborted }) => aborted).length, 0);
  });

  it('holds for the next download as well', async () => {
    await bench.change({ maxBytesPerSecond: 500_000 });
    const running = await bench.manager.download('hf:org/capped');
    const first = await bench.until(running, ({ downloadedBytes }) => downloadedBytes > 100_000);
    const firstMs = performance.now();
    const last = await bench.until(running, (r) => r.downloadedBytes > 600_000);
    const seconds = (performance.now() - firstMs) / 1000;
    const bytesPerSecond = (last.downloadedBytes - first.downloadedBytes) / seconds;
    assert.ok(bytesPerSecond < 1_000_000, `${bytesPerSecond.toFixed(0)} B/s`);
    await running.cancel();
    await assert.rejects(running.finished, { name: 'Cancelled' });
  });
});
