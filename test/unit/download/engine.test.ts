import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { directNetwork } from '../../../src/http';
import { refusedUrl, startTestProxy } from '../../hub';
import { promptMs } from './support/prompt';
import { assertFailed, made, TransferBench } from './support/transferBench';

describe('the download engine', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it('runs several transfers at once and tells each its own files', async () => {
    bench = await TransferBench.start({ 'a.bin': made(2000, 'a'), 'b.bin': made(1000, 'b') });
    const engine = await bench.engine();
    const a = bench.runIn(engine, [await bench.file('a.bin')]);
    const b = bench.runIn(engine, [await bench.file('b.bin')]);
    assert.deepEqual(await Promise.all([a.outcome, b.outcome]), [
      { kind: 'completed' },
      { kind: 'completed' },
    ]);
    assert.deepEqual([a.verified, b.verified], [['a.bin'], ['b.bin']]);
  });

  it('pauses, resumes and cancels in the worker, at once', async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(6000) },
      { pace: { bytesPerSecondTotal: 4e6 } },
    );
    const engine = await bench.engine();
    const file = await bench.file('a.bin');
    const first = bench.runIn(engine, [file]);
    await first.until(({ downloadedBytes }) => downloadedBytes > 300_000);
    first.transfer.pause();
    assert.deepEqual(await first.outcome, { kind: 'paused' });
    while ((await bench.hub.openConnections()) > 0) await new Promise(setImmediate);
    const second = bench.runIn(engine, [file]);
    const start = await second.until(() => true);
    assert.ok(start.downloadedBytes >= 200_000);
    await second.until(({ downloadedBytes }) => downloadedBytes > 600_000);
    const askedMs = performance.now();
    second.transfer.cancel();
    second.transfer.cancel();
    assert.deepEqual(await second.outcome, { kind: 'cancelled' });
    assert.ok(performance.now() - askedMs < promptMs(1000));
    await assert.rejects(fs.stat(file.partialPath));
  });

  it('carries an error with its sentence and its facts out of the worker', async () => {
    bench = await TransferBench.start({ 'a.bin': made(10) });
    const headers = { 'Retry-After': '86400' };
    bench.hub.faults.add({ kind: 'status', status: 429, headers }, { origin: 'hub' });
    const engine = await bench.engine();
    const outcome = await bench.runIn(engine, [await bench.file('a.bin')]).outcome;
    assert.equal(outcome.kind, 'failed');
    assert.equal(outcome.error.details.retryAfterMs, 86_400_000);
    assert.match(outcome.error.localizedMessage.template, /^\{0\} limits how often/);
    assert.equal(outcome.file, 'a.bin');
  });

  it('goes over to the editor’s own fetch where sockets can’t connect, and says so in the log', async () => {
    bench = await TransferBench.start({ 'a.bin': made(1500) });
    const engine = await bench.engine({ fetch });
    const proxyUrl = await refusedUrl();
    const file = await bench.file('a.bin');
    const run = bench.runIn(engine, [file], { network: { ...directNetwork, proxyUrl } });
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.match(bench.lines.join('\n'), /reached through the editor's own fetch/);
  });

  it('names the proxy when the editor’s own fetch does not help', async () => {
    bench = await TransferBench.start({ 'a.bin': made(10) });
    const engine = await bench.engine({ fetch: () => Promise.reject(new Error('no')) });
    const proxy = await startTestProxy({ credentials: { user: 'a', password: 'b' } });
    try {
      const network = { ...directNetwork, proxyUrl: proxy.url };
      const run = bench.runIn(engine, [await bench.file('a.bin')], { network });
      await assertFailed(run.outcome, 'proxy', /asks for a user name and password \(407\)/);
    } finally {
      await proxy.close();
    }
  });

  it('never logs a token or a signed query', async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
    bench.hub.faults.add({ kind: 'reset', afterBytes: 10_000 }, { origin: 'cdn', times: 2 });
    const engine = await bench.engine();
    const token = 'hf_secretsecret';
    const file = await bench.file('a.bin', undefined, 'sha256', token);
    await bench.runIn(engine, [file]).outcome;
    bench.hub.faults.add({ kind: 'status', status: 403 }, { origin: 'cdn' });
    const second = {
      ...file,
      partialPath: `${file.partialPath}2`,
      journalPath: `${file.journalPath}2`,
    };
    const outcome = await bench.runIn(engine, [second]).outcome;
    const said = bench.lines.join('\n') + JSON.stringify(outcome);
    assert.ok(bench.lines.length > 0);
    assert.ok(!said.includes(token) && !said.includes('Signature'), said);
    assert.ok(bench.hub.log.filter((r) => r.origin === 'hub' && r.token === token).length > 0);
    assert.equal(
      bench.hub.log.filter((r) => r.origin === 'cdn' && r.token !== undefined).length,
      0,
    );
    const journal = await fs.readFile(file.journalPath, 'utf8').catch(() => '');
    assert.ok(!journal.includes('http'));
  });

  it('keeps what is there and settles when it is disposed of', async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(4000) },
      { pace: { bytesPerSecondTotal: 4e6 } },
    );
    const engine = await bench.engine();
    const file = await bench.file('a.bin');
    const run = bench.runIn(engine, [file]);
    await run.until(({ downloadedBytes }) => downloadedBytes > 800_000);
    engine.dispose();
    assert.deepEqual(await run.outcome, { kind: 'paused' });
    const again = await bench.engine();
    const second = bench.runIn(again, [file]);
    assert.ok((await second.until(() => true)).downloadedBytes > 0);
    second.transfer.cancel();
    await second.outcome;
  });
});
