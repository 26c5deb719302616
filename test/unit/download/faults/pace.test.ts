import assert from 'node:assert/strict';
import { FaultStage } from '../support/faultStage';
import { made, TransferBench } from '../support/transferBench';

describe('the pace of a transfer', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it('recovers from a slow collapse of one connection to 6 KB/s within moments', async () => {
    const stage = await FaultStage.start(made(4000), {
      pace: { bytesPerSecondPerConnection: 4e5 },
    });
    bench = stage.bench;
    const fault = stage.fault(
      { kind: 'slow', afterBytes: 60_000, bytesPerSecond: 6000 },
      { nth: 2 },
    );
    const run = await stage.completes({
      settings: { stallTimeoutMs: 30_000, maxRetries: 0 },
      tuning: { collapseWindowMs: 150, collapseRestMs: 500, silentConnectionMs: 20_000 },
      fetched: { atMost: stage.sizeBytes + 512 * 1024 },
    });
    assert.equal(fault.hits, 1);
    const slow = stage.hub.log.filter(({ faults }) => faults.includes('slow'))[0];
    // At 6 KB/s the rest of that one segment alone would take half a minute: it was cut, long before its end.
    assert.ok(slow?.aborted === true && slow.bytesSent < 100_000, stage.hub.log.describe());
    assert.ok(run.progress.every(({ retry }) => retry === undefined));
  });

  it('does not wait for one connection that falls silent when all the rest is there', async () => {
    const stage = await FaultStage.start(made(2000));
    bench = stage.bench;
    const last = `-${String(stage.sizeBytes - 1)}`;
    const fault = stage.fault(
      { kind: 'stall', afterBytes: 10_000 },
      { matches: ({ range }) => range?.endsWith(last) === true, times: 1 },
    );
    const run = await stage.completes({
      settings: { stallTimeoutMs: 60_000, maxRetries: 0 },
      // Only the watch for stragglers can end it before the test's own limit.
      tuning: { stragglerMs: 200, collapseWindowMs: 60_000, silentConnectionMs: 60_000 },
      fetched: { atMost: stage.sizeBytes + 512 * 1024 },
    });
    assert.equal(fault.hits, 1);
    assert.ok(run.progress.every(({ retry }) => retry === undefined));
  });

  it('does not reconnect without end on a line that is simply slow', async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(2000) },
      { pace: { bytesPerSecondTotal: 2e6 } },
    );
    const file = await bench.file('a.bin');
    const run = bench.run([file], {
      settings: { stallTimeoutMs: 30_000, maxConnections: 4 },
      tuning: { collapseWindowMs: 60, collapseRestMs: 150, silentConnectionMs: 20_000 },
    });
    await run.until(({ downloadedBytes }) => downloadedBytes > 1_000_000);
    const before = bench.hub.log.records.length;
    bench.hub.pace.bytesPerSecondTotal = 60_000;
    // As much as the slow line brings in about a second: many of the windows that are judged.
    await bench.hub.waitForBytes(bench.sentBytes + 60_000);
    const reconnects = bench.hub.log.records.length - before;
    bench.hub.pace.bytesPerSecondTotal = 0;
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.ok(reconnects <= 8, String(reconnects));
  });

  it('holds the cap that is set, and a new one while it runs', async () => {
    bench = await TransferBench.start({ 'a.bin': made(4000) });
    const file = await bench.file('a.bin');
    const run = bench.run([file], {
      settings: { maxBytesPerSecond: 1_000_000, stallTimeoutMs: 20_000 },
    });
    const first = await run.until(({ downloadedBytes }) => downloadedBytes > 100_000);
    const startedMs = performance.now();
    const later = await run.until(({ downloadedBytes }) => downloadedBytes > 1_600_000);
    const bytesPerSecond =
      (later.downloadedBytes - first.downloadedBytes) / ((performance.now() - startedMs) / 1000);
    // Rough, as this process gets its turns: how closely a cap is held is in bandwidthCap.test.ts.
    assert.ok(bytesPerSecond < 2_000_000, String(bytesPerSecond));
    assert.ok(bytesPerSecond > 100_000, String(bytesPerSecond));
    run.transfer.setMaxBytesPerSecond(0);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
  });

  it('shares one budget of connections among large and small files', async () => {
    const contents = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `f${String(index)}.bin`,
        made(index === 0 ? 4000 : 20, String(index)),
      ]),
    );
    bench = await TransferBench.start(contents, { pace: { latencyMs: 5 } });
    const files = await Promise.all(Object.keys(contents).map((name) => bench.file(name)));
    const run = bench.run(files, {
      settings: { maxConnections: 6, stallTimeoutMs: 30_000 },
      tuning: { silentConnectionMs: 20_000 },
    });
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    for (const file of files) await bench.assertWhole(file);
    assert.ok(run.progress.every(({ connections }) => connections <= 6));
    const resolves = bench.hub.log.filter((r) => r.origin === 'hub');
    assert.equal(resolves.length, files.length);
    assert.equal(run.verified.length, files.length);
  });
});
