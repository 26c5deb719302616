import assert from 'node:assert/strict';
import { refusedUrl } from '../../../hub';
import { assertFailed, made, TransferBench } from '../support/transferBench';

describe('broken and silent connections', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it('goes on after resets, fetching no byte twice but what was on the way', async () => {
    bench = await TransferBench.start({ 'a.bin': made(3000) });
    const fault = bench.hub.faults.add(
      { kind: 'reset', afterBytes: 100_000 },
      { origin: 'cdn', times: 4 },
    );
    const file = await bench.file('a.bin');
    assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.equal(fault.hits, 4);
    assert.ok(bench.sentBytes <= file.sizeBytes + 4 * 256 * 1024, bench.hub.log.describe());
  });

  it('goes on after bodies that end too early', async () => {
    bench = await TransferBench.start({ 'a.bin': made(3000) });
    bench.hub.faults.add({ kind: 'truncate', afterBytes: 50_000 }, { origin: 'cdn', times: 3 });
    const file = await bench.file('a.bin');
    assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.ok(bench.sentBytes <= file.sizeBytes + 3 * 256 * 1024);
  });

  it('replaces one silent connection while others flow, without counting it as a failure', async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(6000) },
      { pace: { bytesPerSecondPerConnection: 2e6 } },
    );
    const fault = bench.hub.faults.add(
      { kind: 'stall', afterBytes: 30_000 },
      { origin: 'cdn', nth: 2 },
    );
    const file = await bench.file('a.bin');
    const run = bench.run([file], { settings: { maxRetries: 0, stallTimeoutMs: 20_000 } });
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.equal(fault.hits, 1);
    assert.ok(bench.hub.log.filter((r) => r.origin === 'cdn' && r.aborted).length >= 1);
  });

  it('retries when nothing comes at all, and ends in "stalled" when that does not help', async () => {
    bench = await TransferBench.start({ 'a.bin': made(1000) });
    bench.hub.faults.add({ kind: 'stall', afterBytes: 0 }, { origin: 'cdn' });
    const file = await bench.file('a.bin');
    const run = bench.run([file], { settings: { maxRetries: 2, stallTimeoutMs: 150 } });
    await assertFailed(run.outcome, 'stalled', /Nothing has arrived for|did not answer within/);
    const attempts = run.progress.flatMap(({ retry }) => retry?.attempt ?? []);
    assert.ok(attempts.includes(2), String(attempts));
    assert.ok(attempts.every((attempt) => attempt === 2 || attempt === 3));
    assert.ok(bench.sentBytes === 0);
  });

  it('recovers from a stall of everything in the middle', async () => {
    bench = await TransferBench.start({ 'a.bin': made(2000) });
    const stall = bench.hub.faults.add(
      { kind: 'stall', afterBytes: 64_000 },
      { origin: 'cdn', times: 6 },
    );
    const file = await bench.file('a.bin');
    const run = bench.run([file], { settings: { stallTimeoutMs: 200, maxRetries: 5 } });
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.equal(stall.hits, 6);
  });

  it('gives up on a request whose head never comes', async () => {
    bench = await TransferBench.start({ 'a.bin': made(1000) });
    bench.hub.faults.add({ kind: 'hang' }, { origin: 'cdn', times: 1 });
    const file = await bench.file('a.bin');
    const run = bench.run([file], { settings: { stallTimeoutMs: 200 } });
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    bench.hub.faults.add({ kind: 'hang' }, { origin: 'hub' });
    const second = await bench.file('a.bin');
    await assertFailed(
      bench.run(
        [
          {
            ...second,
            partialPath: `${second.partialPath}x`,
            journalPath: `${second.journalPath}x`,
          },
        ],
        {
          settings: { stallTimeoutMs: 100, maxRetries: 1 },
        },
      ).outcome,
      'stalled',
      /127\.0\.0\.1:\d+ took the request but did not answer within 0\.1 s/,
    );
  });

  it('names a host that refuses, and one that can not be found', async () => {
    bench = await TransferBench.start({ 'a.bin': made(100) });
    const url = `${await refusedUrl()}/a.bin`;
    const refused = await bench.file('a.bin', [url]);
    await assertFailed(
      bench.run([refused], { settings: { maxRetries: 1 } }).outcome,
      'network',
      /127\.0\.0\.1:\d+ refuses connections/,
    );
    const unknown = await bench.file('a.bin', ['https://hub.invalid/a.bin']);
    await assertFailed(
      bench.run([unknown], { settings: { maxRetries: 1 } }).outcome,
      'network',
      /The address of hub\.invalid can’t be found/,
    );
  });

  it('survives a line that breaks for a while', async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(4000) },
      { pace: { bytesPerSecondTotal: 8e6 } },
    );
    const file = await bench.file('a.bin');
    const run = bench.run([file], { settings: { maxRetries: 8 } });
    await bench.hub.waitForBytes(1_000_000);
    await bench.hub.closeOrigin('cdn');
    bench.hub.dropConnections();
    await run.until(({ phase }) => phase === 'waiting');
    await bench.hub.reopenOrigin('cdn');
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
  });
});
