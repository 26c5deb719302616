import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { bufferContent } from '../../../hub';
import { assertFailed, made, TransferBench } from '../support/transferBench';

describe('answers that are not what was asked for', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  async function recovers(
    fault: Parameters<TransferBench['hub']['faults']['add']>[0],
    times: number,
  ): Promise<void> {
    bench = await TransferBench.start({ 'a.bin': made(2000) });
    const handle = bench.hub.faults.add(fault, { origin: 'cdn', times });
    const file = await bench.file('a.bin');
    assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.equal(handle.hits, times);
  }

  async function refuses(
    fault: Parameters<TransferBench['hub']['faults']['add']>[0],
    code: string,
    sentence: RegExp,
  ): Promise<void> {
    bench = await TransferBench.start({ 'a.bin': made(1000) });
    bench.hub.faults.add(fault, { origin: 'cdn' });
    const file = await bench.file('a.bin');
    const run = bench.run([file], { settings: { maxRetries: 1 } });
    await assertFailed(run.outcome, code, sentence);
    assert.deepEqual(run.verified, []);
    const journal = await fs.readFile(file.journalPath, 'utf8').catch(() => '');
    assert.ok(!journal.includes('"downloadedBytes":1024000'), journal);
  }

  it('recovers from a wrong Content-Range', () =>
    recovers({ kind: 'contentRange', value: 'bytes 7-99/2048000' }, 2));
  it('names a wrong Content-Range that stays', () =>
    refuses(
      { kind: 'contentRange', value: 'bytes 7-99/1024000' },
      'network',
      /sent other bytes than it was asked for/,
    ));
  it('names a file of another size', () =>
    refuses(
      { kind: 'contentRange', value: 'bytes 0-99/5000000000' },
      'integrity',
      /a different file: 5 GB instead of 1 MB/,
    ));
  it('recovers from a wrong Content-Length', () =>
    recovers({ kind: 'contentLength', delta: 1000 }, 1));
  it('names a wrong Content-Length that stays', () =>
    refuses({ kind: 'contentLength', delta: 1000 }, 'network', /sent other bytes/));
  it('recovers from a body that is longer than it may be', () =>
    recovers({ kind: 'overlong', bytes: 5000, framing: 'chunked' }, 2));
  it('recovers from compressed answers', () => recovers({ kind: 'gzip' }, 2));
  it('names a compressed answer', () =>
    refuses({ kind: 'gzip' }, 'unsupported', /sent the file compressed/));
  it('recovers from a sign-in page', () => recovers({ kind: 'htmlPage' }, 2));
  it('names a sign-in page', () =>
    refuses(
      { kind: 'htmlPage' },
      'network',
      /A web page came from 127\.0\.0\.1:\d+ instead of the file/,
    ));
  it('recovers from a 416', () =>
    recovers({ kind: 'status', status: 416, headers: { 'Content-Range': 'bytes */2048000' } }, 1));
  it('names a 416 that tells another size', () =>
    refuses(
      { kind: 'status', status: 416, headers: { 'Content-Range': 'bytes */7' } },
      'integrity',
      /a different file: 7 B instead/,
    ));

  it('starts over with one connection when a range is answered with the whole file', async () => {
    bench = await TransferBench.start({ 'a.bin': made(3000) });
    bench.hub.faults.add({ kind: 'ignoreRange' }, { origin: 'cdn' });
    const file = await bench.file('a.bin');
    assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    const whole = bench.hub.log.filter(
      ({ origin, range }) => origin === 'cdn' && range === undefined,
    );
    assert.equal(whole.length, 1);
  });

  it('keeps what it has when a server without ranges has to be asked again', async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(3000) },
      { pace: { bytesPerSecondTotal: 2e7 } },
    );
    bench.hub.faults.add({ kind: 'ignoreRange' }, { origin: 'cdn' });
    bench.hub.faults.add({ kind: 'reset', afterBytes: 2_000_000 }, { origin: 'cdn', nth: 1 });
    const file = await bench.file('a.bin');
    const run = bench.run([file]);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    let before = 0;
    for (const { downloadedBytes } of run.progress) {
      assert.ok(downloadedBytes >= before);
      before = downloadedBytes;
    }
  });

  it('goes on when 206 answers change to 200 in the middle', async () => {
    bench = await TransferBench.start({ 'a.bin': made(3000) });
    bench.hub.faults.add(
      { kind: 'ignoreRange' },
      {
        origin: 'cdn',
        matches: ({ range }) => range !== undefined && !range.startsWith('bytes=0-'),
      },
    );
    const file = await bench.file('a.bin');
    assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
    await bench.assertWhole(file);
  });

  it('reads a file whose length nobody announces', async () => {
    bench = await TransferBench.start({ 'a.txt': bufferContent('some text '.repeat(50)) });
    bench.hub.faults.add({ kind: 'ignoreRange' }, { origin: 'cdn' });
    bench.hub.faults.add({ kind: 'chunked' }, { origin: 'cdn' });
    const file = await bench.file('a.txt');
    assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
    await bench.assertWhole(file);
  });
});
