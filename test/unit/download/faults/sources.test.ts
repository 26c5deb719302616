import assert from 'node:assert/strict';
import type { TestHub } from '../../../hub';
import { FaultStage } from '../support/faultStage';
import { made, quickTuning } from '../support/transferBench';

const segment = quickTuning.segmentBytes;

describe('a file with two sources', () => {
  let stage: FaultStage;
  let mirror: TestHub;
  let urls: readonly string[];
  afterEach(() => stage.close());

  async function start(kilobytes: number, bytesPerSecondTotal = 0): Promise<void> {
    stage = await FaultStage.start(made(kilobytes), { pace: { bytesPerSecondTotal } });
    mirror = await stage.bench.mirror();
    urls = [stage.bench.source('a.bin'), stage.bench.source('a.bin', mirror)];
  }

  const fromMirror = (): number => mirror.log.bytesSent(({ origin }) => origin === 'cdn');

  it('takes the second one when the first is exhausted, keeping every byte', async () => {
    await start(4000, 8e6);
    let kept = 0;
    await stage.completes(
      {
        urls,
        settings: { maxRetries: 1 },
        fetched: { atMost: stage.sizeBytes + 8 * segment },
      },
      async (run) => {
        const { downloadedBytes } = await run.until((now) => now.downloadedBytes > 1_500_000);
        kept = downloadedBytes;
        await stage.hub.closeOrigin('cdn');
      },
    );
    assert.ok(kept > 1_500_000);
    assert.ok(
      fromMirror() <= stage.sizeBytes - kept + segment,
      `${String(fromMirror())} of the mirror`,
    );
    assert.match(
      stage.bench.lines.join('\n'),
      /the source of a\.bin is given up .* trying the next/,
    );
  });

  it('takes the second one after two waits, however many are allowed for the last', async () => {
    await start(400);
    const fault = stage.fault({ kind: 'status', status: 503 }, { origin: 'hub' });
    await stage.completes({
      urls,
      settings: { maxRetries: 50, maxConnections: 1 },
      fetched: { atMost: stage.sizeBytes + segment },
    });
    assert.equal(fault.hits, 3);
    assert.ok(fromMirror() >= stage.sizeBytes);
  });

  it('takes the second one at once when the first does not have the file', async () => {
    await start(400);
    const fault = stage.fault({ kind: 'status', status: 404 }, { origin: 'hub' });
    await stage.completes({ urls, fetched: { atMost: stage.sizeBytes + segment } });
    assert.equal(fault.hits, 1);
    assert.ok(fromMirror() >= stage.sizeBytes);
  });

  it('takes the second one when the first limits for too long', async () => {
    await start(400);
    const headers = { 'Retry-After': '86400' };
    stage.fault({ kind: 'status', status: 429, headers }, { origin: 'hub' });
    await stage.completes({ urls, fetched: { atMost: stage.sizeBytes + segment } });
    assert.ok(fromMirror() >= stage.sizeBytes);
  });

  it('takes the second one, and no third, when many connections learn at once that the first is out', async () => {
    await start(3000);
    const headers = { 'Retry-After': '86400' };
    const refusal = stage.fault({ kind: 'status', status: 429, headers });
    // So that all of them have asked before the first one is answered.
    stage.fault({ kind: 'delay', ms: 200 });
    await stage.completes({
      urls,
      settings: { stallTimeoutMs: 30_000 },
      tuning: { silentConnectionMs: 20_000 },
      fetched: { atMost: stage.sizeBytes + segment },
    });
    assert.ok(refusal.hits > 1, `${String(refusal.hits)} connections were refused`);
  });

  it('takes the second one when the first one’s bytes are wrong', async () => {
    await start(1500);
    stage.fault({ kind: 'corrupt', offset: 10 });
    const run = await stage.completes({
      urls,
      fetched: { atMost: 2 * stage.sizeBytes + 2 * segment },
    });
    assert.equal(run.progress.at(-1)?.startedOver?.path, 'a.bin');
    assert.ok(fromMirror() >= stage.sizeBytes);
  });

  it('tells the first one’s error when none helps', async () => {
    await start(400);
    stage.fault({ kind: 'status', status: 404 }, { origin: 'hub' });
    mirror.faults.add({ kind: 'status', status: 503 }, { origin: 'hub' });
    await stage.fails({
      urls,
      code: 'notFound',
      localizedMessage: /does not have this file/,
      fetched: { atMost: 0 },
    });
  });
});
