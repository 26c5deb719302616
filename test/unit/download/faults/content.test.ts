import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { assertFailed, made, TransferBench } from '../support/transferBench';

describe('content that is not right', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it('starts a file over once when a byte was wrong, and says so', async () => {
    bench = await TransferBench.start({ 'a.bin': made(1500) });
    bench.hub.faults.add({ kind: 'corrupt', offset: 700_000 }, { origin: 'cdn', times: 3 });
    const file = await bench.file('a.bin');
    const run = bench.run([file]);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.equal(run.progress.at(-1)?.startedOver?.path, 'a.bin');
    assert.ok(bench.sentBytes <= 3 * file.sizeBytes);
  });

  it('ends in "integrity" when the byte stays wrong, and keeps nothing of it', async () => {
    bench = await TransferBench.start({ 'a.bin': made(1500) });
    bench.hub.faults.add({ kind: 'corrupt', offset: 700_000 }, { origin: 'cdn' });
    const file = await bench.file('a.bin');
    const run = bench.run([file]);
    await assertFailed(
      run.outcome,
      'integrity',
      /What arrived for a\.bin is not what it should be/,
    );
    assert.deepEqual(run.verified, []);
    await assert.rejects(fs.stat(file.partialPath));
    await assert.rejects(fs.stat(file.journalPath));
  });

  it('takes the other source when the first one has a wrong byte', async () => {
    bench = await TransferBench.start({ 'a.bin': made(1500) });
    const mirror = await bench.mirror();
    bench.hub.faults.add({ kind: 'corrupt', offset: 10 }, { origin: 'cdn' });
    const file = await bench.file('a.bin', [bench.source('a.bin'), bench.source('a.bin', mirror)]);
    assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
    await bench.assertWhole(file);
  });

  it('fetches again only what the disk has spoiled', async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(3000) },
      { pace: { bytesPerSecondTotal: 2e7 } },
    );
    const file = await bench.file('a.bin');
    const first = bench.run([file]);
    await first.until(({ downloadedBytes }) => downloadedBytes > 1_000_000);
    first.transfer.pause();
    await first.outcome;
    const handle = await fs.open(file.partialPath, 'r+');
    await handle.write(Buffer.from('spoiled'), 0, 7, 1000);
    await handle.close();
    const before = bench.sentBytes;
    const second = bench.run([file]);
    assert.deepEqual(await second.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.equal(second.progress.at(-1)?.startedOver, undefined);
    assert.ok(bench.sentBytes - before < file.sizeBytes, String(bench.sentBytes - before));
  });

  it('never mixes content that changes in the middle', async () => {
    bench = await TransferBench.start({ 'a.bin': made(3000) });
    bench.hub.faults.add(
      { kind: 'content', content: made(3000, 'newer'), etag: 'newer' },
      { origin: 'cdn', nth: [3, 4, 5] },
    );
    const file = await bench.file('a.bin');
    const run = bench.run([file]);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
  });

  it('ends honestly when the content has changed for good', async () => {
    bench = await TransferBench.start({ 'a.bin': made(1000) });
    bench.hub.faults.add(
      { kind: 'content', content: made(1000, 'newer'), etag: 'newer' },
      { origin: 'cdn', matches: ({ id }) => id > 3 },
    );
    const file = await bench.file('a.bin');
    const run = bench.run([file]);
    await assertFailed(run.outcome, 'integrity', /a\.bin|changed/);
    assert.deepEqual(run.verified, []);
  });
});
