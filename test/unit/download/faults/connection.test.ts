import assert from 'node:assert/strict';
import type { FaultHandle, RequestRecord } from '../../../hub';
import { FaultStage } from '../support/faultStage';
import { made, quickTuning } from '../support/transferBench';

const segment = quickTuning.segmentBytes;

describe('broken and silent connections', () => {
  let stage: FaultStage;
  afterEach(() => stage.close());

  it('resets: continues, and fetches again only the bytes that were on their way', async () => {
    stage = await FaultStage.start(made(3000));
    const fault = stage.fault({ kind: 'reset', afterBytes: 100_000 }, { times: 4 });
    await stage.completes({ fetched: { atMost: stage.sizeBytes + 4 * 100_000 + segment } });
    assert.equal(fault.hits, 4);
  });

  it('a reset at the first byte of every answer: ends in "network" after the last attempt', async () => {
    stage = await FaultStage.start(made(500));
    const fault = stage.fault({ kind: 'reset', afterBytes: 0 });
    await stage.fails({
      settings: { maxRetries: 3, maxConnections: 1 },
      code: 'network',
      localizedMessage: /^The connection to 127\.0\.0\.1:\d+ was broken off\.$/,
      fetched: { atMost: 0 },
    });
    assert.equal(fault.hits, 4);
  });

  it('a reset after some bytes of every answer: the counter starts again, and it completes', async () => {
    stage = await FaultStage.start(made(600));
    const fault = stage.fault({ kind: 'reset', afterBytes: 60_000 });
    const run = await stage.completes({
      settings: { maxRetries: 1, maxConnections: 1 },
      fetched: { atMost: 2 * stage.sizeBytes },
    });
    assert.ok(fault.hits >= 9, String(fault.hits));
    assert.ok(run.progress.every(({ retry }) => retry === undefined || retry.attempt === 2));
  });

  it('bodies that end too early: resumes from there', async () => {
    stage = await FaultStage.start(made(3000));
    stage.fault({ kind: 'truncate', afterBytes: 50_000 }, { times: 3 });
    await stage.completes({ fetched: { atMost: stage.sizeBytes + 3 * 50_000 + segment } });
  });

  it('bodies that end before their first byte: ends in "network", and says who did it', async () => {
    stage = await FaultStage.start(made(300));
    stage.fault({ kind: 'truncate', afterBytes: 0 });
    await stage.fails({
      settings: { maxRetries: 1 },
      code: 'network',
      localizedMessage: /127\.0\.0\.1:\d+ (ended the connection before|was broken off)/,
      fetched: { atMost: 0 },
    });
  });

  it('one silent connection among flowing ones: is replaced, and counts as no failure', async () => {
    stage = await FaultStage.start(made(6000), { pace: { bytesPerSecondPerConnection: 2e6 } });
    const fault = stage.fault({ kind: 'stall', afterBytes: 30_000 }, { nth: 2 });
    const run = await stage.completes({
      settings: { maxRetries: 0, stallTimeoutMs: 20_000 },
      tuning: { silentConnectionMs: 500 },
      fetched: { atMost: stage.sizeBytes + segment },
    });
    assert.equal(fault.hits, 1);
    assert.ok(stage.hub.log.filter((r) => r.origin === 'cdn' && r.aborted).length >= 1);
    assert.ok(run.progress.every(({ retry }) => retry === undefined));
  });

  /** Long enough that only the watch for silence can help within the test's own limit. */
  const noOtherWatch = {
    silentConnectionMs: 60_000,
    stragglerMs: 60_000,
    collapseWindowMs: 60_000,
  };

  it('all connections die at once: new ones take their place, and it counts as no failure', async () => {
    stage = await FaultStage.start(made(4000));
    const fault = stage.fault({ kind: 'stall', afterBytes: 30_000 }, { times: 4 });
    const run = await stage.completes({
      settings: { maxRetries: 0, stallTimeoutMs: 60_000, maxConnections: 4 },
      tuning: { ...noOtherWatch, silentTransferMs: 300 },
      fetched: { atMost: stage.sizeBytes + 4 * segment },
    });
    assert.equal(fault.hits, 4);
    assert.ok(run.progress.every(({ retry }) => retry === undefined));
  });

  it('the older half dies: is replaced as soon as younger ones flow', async () => {
    stage = await FaultStage.start(made(6000), { pace: { bytesPerSecondPerConnection: 2e6 } });
    const fault = stage.fault({ kind: 'stall', afterBytes: 30_000 }, { times: 3 });
    const run = await stage.completes({
      settings: { maxRetries: 0, stallTimeoutMs: 60_000, maxConnections: 8 },
      tuning: { ...noOtherWatch, silentTransferMs: 300 },
      fetched: { atMost: stage.sizeBytes + 4 * segment },
    });
    assert.equal(fault.hits, 3);
    assert.ok(run.progress.every(({ retry }) => retry === undefined));
  });

  it('all die and new ones fail for a while: only the stall limit decides that the network is gone', async () => {
    stage = await FaultStage.start(made(4000));
    stage.fault({ kind: 'stall', afterBytes: 30_000 }, { times: 4 });
    const refused = stage.fault(
      { kind: 'reset', afterBytes: 0 },
      {
        matches: () => stage.hub.log.filter(({ origin }) => origin === 'cdn').length > 4,
        times: 3,
      },
    );
    const run = await stage.completes({
      settings: { maxRetries: 0, stallTimeoutMs: 60_000, maxConnections: 4 },
      tuning: { ...noOtherWatch, silentTransferMs: 100 },
      fetched: { atMost: stage.sizeBytes + 4 * segment },
    });
    assert.equal(refused.hits, 3);
    assert.ok(run.progress.every(({ retry }) => retry === undefined));
  });

  it('a server that pauses for all is asked a few times only, and its connections continue', async () => {
    stage = await FaultStage.start(made(4000), { pace: { bytesPerSecondTotal: 2e6 } });
    const requests = (): number => stage.hub.log.filter(({ origin }) => origin === 'cdn').length;
    let before = 0;
    await stage.completes(
      {
        settings: { maxRetries: 0, stallTimeoutMs: 60_000, maxConnections: 4 },
        tuning: { ...noOtherWatch, silentTransferMs: 100 },
        fetched: { atMost: stage.sizeBytes + 4 * segment },
      },
      async (run) => {
        await run.until(({ downloadedBytes }) => downloadedBytes > 500_000);
        let release = (): void => undefined;
        stage.hub.pace.held = new Promise((resolve) => (release = resolve));
        before = requests();
        await run.until(({ secondsSinceLastByte = 0 }) => secondsSinceLastByte >= 2);
        // After 0.1, 0.2, 0.4 and 0.8 s.
        assert.ok(requests() - before <= 5, String(requests() - before));
        stage.hub.pace.held = undefined;
        release();
      },
    );
  });

  it('nothing at all: is tried again, and ends in "stalled"', async () => {
    stage = await FaultStage.start(made(1000));
    const fault = stage.fault({ kind: 'stall', afterBytes: 0 });
    const run = await stage.fails({
      settings: { maxRetries: 2, stallTimeoutMs: 150, maxConnections: 1 },
      code: 'stalled',
      localizedMessage: /^Nothing has arrived for 0 s\.$|did not answer within 0\.15 s/,
      fetched: { atMost: 0 },
    });
    assert.equal(fault.hits, 3);
    const attempts = new Set(run.progress.flatMap(({ retry }) => retry?.attempt ?? []));
    assert.deepEqual([...attempts], [2, 3]);
  });

  it('a stall of everything in the middle: is sat out', async () => {
    stage = await FaultStage.start(made(2000));
    const stall = stage.fault({ kind: 'stall', afterBytes: 64_000 }, { times: 6 });
    await stage.completes({
      settings: { stallTimeoutMs: 200, maxRetries: 5 },
      fetched: { atMost: stage.sizeBytes + 6 * 64_000 + segment },
    });
    assert.equal(stall.hits, 6);
  });

  /** Stalls answers of the whole file, which a source without ranges is asked for. */
  function stallWhole(times: number): FaultHandle {
    stage.fault({ kind: 'ignoreRange' });
    const matches = ({ range }: RequestRecord): boolean => range === undefined;
    return stage.fault({ kind: 'stall', afterBytes: 250_000 }, { matches, times });
  }

  it('a whole file that stops in the middle (no ranges): is a stall as well, and sat out', async () => {
    stage = await FaultStage.start(made(1000), { pace: { bytesPerSecondPerConnection: 8e6 } });
    const stall = stallWhole(2);
    await stage.completes({
      settings: { stallTimeoutMs: 300 },
      fetched: { atMost: 3 * stage.sizeBytes },
    });
    assert.equal(stall.hits, 2);
  });

  it('a whole file that stops in the middle, always: ends in "stalled"', async () => {
    stage = await FaultStage.start(made(1000), { pace: { bytesPerSecondPerConnection: 8e6 } });
    const stall = stallWhole(Infinity);
    await stage.fails({
      settings: { stallTimeoutMs: 300, maxRetries: 1 },
      code: 'stalled',
      localizedMessage: /^Nothing has arrived for 0 s\.$/,
      fetched: { atMost: 3 * stage.sizeBytes },
    });
    assert.ok(stall.hits <= 3, String(stall.hits));
  });

  it('one head that never comes: is asked for again', async () => {
    stage = await FaultStage.start(made(1000));
    const hang = stage.fault({ kind: 'hang' }, { times: 1 });
    await stage.completes({
      settings: { stallTimeoutMs: 200 },
      fetched: { atMost: stage.sizeBytes + segment },
    });
    assert.equal(hang.hits, 1);
  });

  it('heads that never come: ends in "stalled", and says who took the request', async () => {
    stage = await FaultStage.start(made(1000));
    const hang = stage.fault({ kind: 'hang' }, { origin: 'hub' });
    await stage.fails({
      settings: { stallTimeoutMs: 100, maxRetries: 1 },
      code: 'stalled',
      localizedMessage: /^127\.0\.0\.1:\d+ took the request but did not answer within 0\.1 s\.$/,
      fetched: { atMost: 0 },
    });
    assert.equal(hang.hits, 2);
  });

  it('a line that breaks for a while: waits, says so, and continues', async () => {
    stage = await FaultStage.start(made(4000), { pace: { bytesPerSecondTotal: 8e6 } });
    await stage.completes(
      { settings: { maxRetries: 8 }, fetched: { atMost: stage.sizeBytes + 8 * segment } },
      async (run) => {
        await stage.hub.waitForBytes(1_000_000);
        await stage.hub.closeOrigin('cdn');
        stage.hub.dropConnections();
        const { retry } = await run.until(({ phase }) => phase === 'waiting');
        assert.equal(retry?.error.code, 'network');
        await stage.hub.reopenOrigin('cdn');
      },
    );
  });
});
