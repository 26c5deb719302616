import assert from 'node:assert/strict';
import { systemClock, type Clock } from '../../../src/common/clock';
import { made, TransferBench } from './support/transferBench';

const hoursMs = 5 * 3600 * 1000;

/** The process's clock, which leaps when the machine has slept. */
class SleepyClock implements Clock {
  #sleptMs = 0;

  nowMs(): number {
    return systemClock.nowMs() + this.#sleptMs;
  }

  wallMs(): number {
    return systemClock.wallMs() + this.#sleptMs;
  }

  after(delayMs: number, task: () => void): { dispose(): void } {
    return systemClock.after(delayMs, task);
  }

  sleep(ms: number): void {
    this.#sleptMs += ms;
  }
}

/** Until a report says that nothing has come for a while. */
async function settled(silence: () => number | undefined): Promise<void> {
  while (silence() === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('a machine that sleeps for hours while it downloads', () => {
  let bench: TransferBench;
  beforeEach(async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(5000) },
      { pace: { bytesPerSecondPerConnection: 1e6 } },
    );
  });
  afterEach(() => bench.close());

  for (const line of ['is dead', 'has survived', 'is gone for a while'] as const) {
    it(`continues when it wakes and the line ${line}, keeping every byte, with figures that make sense`, async () => {
      const clock = new SleepyClock();
      const file = await bench.file('a.bin');
      const run = bench.run([file], {
        clock,
        settings: { maxRetries: 3, stallTimeoutMs: 30_000 },
        tuning: { retryBaseMs: 300, retryMaxMs: 300 },
      });
      const before = await run.until(({ downloadedBytes }) => downloadedBytes > 1_500_000);
      const asked = bench.hub.log.records.length;
      const thaw = line === 'has survived' ? (): void => undefined : bench.hub.freeze();
      if (line === 'is gone for a while') await bench.hub.closeOrigin('cdn');
      if (line === 'is dead') await settled(() => run.progress.at(-1)?.secondsSinceLastByte);
      clock.sleep(hoursMs);
      const awakeMs = clock.wallMs();
      if (line !== 'has survived') {
        await run.until(({ phase }) => phase === 'waiting');
        if (line === 'is gone for a while') await bench.hub.reopenOrigin('cdn');
        thaw();
      }
      assert.deepEqual(await run.outcome, { kind: 'completed' });
      await bench.assertWhole(file);
      let told = 0;
      for (const report of run.progress) {
        assert.ok(report.downloadedBytes >= told, 'it ran backwards');
        told = report.downloadedBytes;
        const { secondsRemaining = 0, bytesPerSecond = 0, retry } = report;
        assert.ok(secondsRemaining >= 0 && secondsRemaining < 600, String(secondsRemaining));
        assert.ok(bytesPerSecond < 1e8);
        assert.ok(retry === undefined || retry.retryAt < awakeMs + 60_000);
      }
      const again = bench.sentBytes - file.sizeBytes;
      assert.ok(again <= 8 * 512 * 1024, `${String(again)} bytes again after ${before.phase}`);
      const more = bench.hub.log.records.length - asked;
      assert.ok(more <= 60, `${String(more)} requests since`);
    });
  }
});
