import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { realPartialFiles, type PartialFiles } from '../../../src/download/files/partialFiles';
import { type Hasher, HashQueue } from '../../../src/download/files/hashQueue';
import { bufferContent } from '../../hub';
import { made, quickSettings, quickTuning, TransferBench } from './support/transferBench';

describe('a transfer', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it('fetches large and small files, each with its digest, and says so', async () => {
    bench = await TransferBench.start({
      'model.bin': made(5000),
      'config.json': bufferContent('{"a":1}'),
      'empty.txt': bufferContent(''),
      'ünï code #1.txt': bufferContent('hello'),
    });
    const files = [
      await bench.file('model.bin'),
      await bench.file('config.json', undefined, 'git-sha1'),
      await bench.file('empty.txt', undefined, 'git-sha1'),
      await bench.file('ünï code #1.txt', undefined, 'git-sha1'),
    ];
    const run = bench.run(files);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    for (const file of files) await bench.assertWhole(file);
    assert.deepEqual([...run.verified].sort(), files.map(({ path }) => path).sort());
    assert.equal(
      bench.hub.log.filter((r) => r.path.includes('/resolve/') && r.path.endsWith('model.bin'))
        .length,
      1,
    );
  });

  it('hashes close behind its connections: little is left to hash when the last byte has come', async () => {
    const sizeBytes = 16_000 * 1024;
    bench = await TransferBench.start(
      { 'model.bin': made(16_000) },
      { pace: { bytesPerSecondPerConnection: 3e6 } },
    );
    const ends: number[] = [];
    const queue = new HashQueue();
    const hasher: Hasher = {
      open(...of) {
        const session = queue.open(...of);
        return {
          ...session,
          advance(end) {
            if (end > (ends.at(-1) ?? 0)) ends.push(end);
            session.advance(end);
          },
        };
      },
    };
    const run = bench.run([await bench.file('model.bin')], { hasher });
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    assert.ok(run.progress.some(({ connections }) => connections > 2));
    assert.equal(ends.at(-1), sizeBytes);
    // Eight connections that each took an eighth of the file would leave most of it to the end.
    const leaps = ends.map((end, index) => end - (ends[index - 1] ?? 0));
    const aheadBytes = quickSettings.maxConnections * quickTuning.segmentBytes;
    assert.ok(Math.max(...leaps) <= aheadBytes, `a leap of ${String(Math.max(...leaps))} bytes`);
  });

  it('never runs further ahead of a slow disk than a kill may cost', async () => {
    bench = await TransferBench.start({ 'model.bin': made(12_000) });
    let writtenBytes = 0;
    let flushedBytes = 0;
    let aheadBytes = 0;
    const disk: PartialFiles = {
      ...realPartialFiles,
      async open(filePath) {
        const file = await realPartialFiles.open(filePath);
        return {
          ...file,
          async write(buffers, position) {
            await file.write(buffers, position);
            for (const { byteLength } of buffers) writtenBytes += byteLength;
            aheadBytes = Math.max(aheadBytes, writtenBytes - flushedBytes);
          },
          async flush() {
            const coveredBytes = writtenBytes;
            await new Promise((resolve) => setTimeout(resolve, 40));
            await file.flush();
            flushedBytes = coveredBytes;
          },
        };
      },
    };
    const tuning = { segmentBytes: 128 * 1024, firstSegmentBytes: 128 * 1024 };
    const run = bench.run([await bench.file('model.bin')], { disk, tuning });
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    const atOnceBytes = quickSettings.maxConnections * quickTuning.writeBytes;
    const allowedBytes = quickSettings.maxConnections * tuning.segmentBytes + 2 * atOnceBytes;
    assert.ok(aheadBytes <= allowedBytes, `${String(aheadBytes)} bytes ahead`);
  });

  it('runs in the worker', async () => {
    bench = await TransferBench.start({ 'model.bin': made(5000), 'b.bin': made(3000, 'b') });
    const engine = await bench.engine();
    const files = [await bench.file('model.bin'), await bench.file('b.bin')];
    const run = bench.runIn(engine, files);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    for (const file of files) await bench.assertWhole(file);
    assert.equal(run.progress.at(-1)?.totalBytes, 8000 * 1024);
  });

  it('resumes after a pause without fetching again the bytes that are there', async () => {
    bench = await TransferBench.start(
      { 'model.bin': made(6000) },
      { pace: { bytesPerSecondTotal: 8e6 } },
    );
    const file = await bench.file('model.bin');
    const first = bench.run([file]);
    await bench.hub.waitForBytes(3_000_000);
    first.transfer.pause();
    assert.deepEqual(await first.outcome, { kind: 'paused' });
    bench.hub.pace.bytesPerSecondTotal = 0;
    const second = bench.run([file]);
    assert.deepEqual(await second.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.ok((second.progress[0]?.downloadedBytes ?? 0) > 1_000_000);
  });

  it('asks for nothing when every byte is there, but verifies them', async () => {
    bench = await TransferBench.start({ 'model.bin': made(1500) });
    const file = await bench.file('model.bin');
    assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
    bench.hub.log.clear();
    const again = bench.run([file]);
    assert.deepEqual(await again.outcome, { kind: 'completed' });
    assert.deepEqual(again.verified, ['model.bin']);
    assert.equal(bench.hub.log.records.length, 0);
    const handle = await fs.open(file.partialPath, 'r+');
    await handle.write(Buffer.from('wrong'), 0, 5, 700_000);
    await handle.close();
    assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.ok(bench.sentBytes > 0 && bench.sentBytes <= 512 * 1024, String(bench.sentBytes));
  });

  it('takes no file for complete because of its size', async () => {
    bench = await TransferBench.start({ 'model.bin': made(1500) });
    const file = await bench.file('model.bin');
    await fs.mkdir(path.dirname(file.partialPath), { recursive: true });
    await fs.writeFile(file.partialPath, Buffer.alloc(file.sizeBytes));
    const run = bench.run([file]);
    assert.equal((await run.until(() => true)).downloadedBytes, 0);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.ok(bench.sentBytes >= file.sizeBytes);
  });

  it('fetches bytes that several files have in common once, and hands over all of them', async () => {
    const same = made(3000);
    bench = await TransferBench.start(
      { 'a.bin': same, 'b.bin': same, 'c.bin': made(500, 'c') },
      { pace: { bytesPerSecondPerConnection: 4e6 } },
    );
    const files = await Promise.all(['a.bin', 'b.bin', 'c.bin'].map((name) => bench.file(name)));
    const run = bench.run(files);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    for (const file of files) await bench.assertWhole(file);
    assert.deepEqual([...run.verified].sort(), ['a.bin', 'b.bin', 'c.bin']);
    const asked = bench.hub.log
      .filter(({ origin }) => origin === 'cdn')
      .map(({ file }) => file?.path);
    assert.equal(asked.filter((name) => name === 'b.bin').length, 0);
    // A segment that was split hangs up on what is on its way beyond its new end.
    assert.ok(bench.sentBytes < 4500 * 1024, String(bench.sentBytes));
    const last = run.progress.at(-1);
    assert.equal(last?.filesDone, 3);
    assert.equal(last.totalBytes, 6500 * 1024);
    assert.equal(last.downloadedBytes, last.totalBytes);
  });

  it('removes what is there when it is cancelled', async () => {
    bench = await TransferBench.start(
      { 'model.bin': made(6000) },
      { pace: { bytesPerSecondTotal: 4e6 } },
    );
    const file = await bench.file('model.bin');
    const run = bench.run([file]);
    await bench.hub.waitForBytes(1_000_000);
    run.transfer.cancel();
    assert.deepEqual(await run.outcome, { kind: 'cancelled' });
    await assert.rejects(fs.stat(file.partialPath));
    await assert.rejects(fs.stat(file.journalPath));
  });
});
