import assert from 'node:assert/strict';
import { ConnectionGovernor } from '../../../src/download/schedule/connectionGovernor';
import type { TransferProgress } from '../../../src/download';
import { ProgressRhythm, SpeedMeter } from '../../../src/download/schedule/progressReport';
import { serverWaitMs } from '../../../src/http/retry';

/** Runs a governor against a line for `seconds` and gives what it settled on and what it moved. */
function simulate(
  bytesPerMs: (connections: number) => number,
  seconds: number,
  onTick?: (governor: ConnectionGovernor, nowMs: number) => void,
): { target: number; bytes: number; averageMs: number } {
  const governor = new ConnectionGovernor(16, 4);
  let bytes = 0;
  for (let nowMs = 0; nowMs < seconds * 1000; nowMs += 50) {
    const active = governor.target;
    governor.sample(nowMs, bytes, active, true);
    bytes += bytesPerMs(active) * 50;
    onTick?.(governor, nowMs);
  }
  return { target: governor.target, bytes, averageMs: bytes / (seconds * 1000) };
}

describe('the number of connections', () => {
  it('reaches the maximum within half a second where every connection is capped', () => {
    const governor = new ConnectionGovernor(16, 4);
    let bytes = 0;
    let reachedMs = Infinity;
    for (let nowMs = 0; nowMs < 3000; nowMs += 50) {
      if (governor.sample(nowMs, bytes, governor.target, true) === 16)
        reachedMs = Math.min(reachedMs, nowMs);
      bytes += governor.target * 20_000 * 50;
    }
    assert.ok(reachedMs <= 500, String(reachedMs));
    const { averageMs } = simulate((connections) => connections * 20_000, 30);
    assert.ok(averageMs >= 0.9 * 16 * 20_000);
  });

  it('stays with a few where the line itself is the limit', () => {
    const { target, averageMs } = simulate(
      (connections) => Math.min(connections * 20_000, 50_000),
      30,
    );
    assert.ok(target <= 4, String(target));
    assert.ok(averageMs >= 0.9 * 50_000);
  });

  it('falls back on resets and does not grow again at once', () => {
    let resets = 0;
    const { target } = simulate(
      (connections) => connections * 5000,
      20,
      (governor, nowMs) => {
        if (governor.target <= 4) return;
        resets++;
        governor.retreat(nowMs, governor.target);
      },
    );
    assert.ok(target <= 8 && resets <= 3, `${String(target)} ${String(resets)}`);
  });

  it('never leaves its bounds', () => {
    assert.equal(new ConnectionGovernor(1, 4).target, 1);
    assert.equal(new ConnectionGovernor(0, 4).target, 1);
    const governor = new ConnectionGovernor(3, 2);
    for (let i = 0; i < 10; i++) governor.retreat(i, 1);
    assert.equal(governor.target, 1);
  });
});

describe('the wait that a server asks for', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  it('is read from Retry-After in both forms and from an exhausted RateLimit', () => {
    assert.equal(serverWaitMs({ 'retry-after': '55' }, nowMs), 55_000);
    assert.equal(serverWaitMs({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, nowMs), 60_000);
    assert.equal(serverWaitMs({ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, nowMs), 0);
    assert.equal(serverWaitMs({ ratelimit: '"resolvers";r=0;t=30' }, nowMs), 30_000);
    assert.equal(serverWaitMs({ ratelimit: '"api";r=12;t=30' }, nowMs), undefined);
    assert.equal(serverWaitMs({ ratelimit: '"api";r=12;t=30, "resolvers";r=0;t=7' }, nowMs), 7000);
    assert.equal(serverWaitMs({ 'retry-after': '5', ratelimit: '"api";r=0;t=30' }, nowMs), 30_000);
    assert.equal(serverWaitMs({ 'retry-after': 'soon' }, nowMs), undefined);
    assert.equal(serverWaitMs({}, nowMs), undefined);
  });
});

describe('the speed meter', () => {
  it('is silent at first, then near the truth, and silent again when nothing comes', () => {
    const meter = new SpeedMeter(0);
    let bytes = 0;
    meter.sample(0, 0);
    assert.equal(meter.bytesPerSecond(0), undefined);
    for (let nowMs = 250; nowMs <= 10_000; nowMs += 250) {
      bytes += 250_000;
      meter.sample(nowMs, bytes);
    }
    assert.equal(meter.bytesPerSecond(10_000), 1_000_000);
    assert.equal(meter.secondsRemaining(10_000, 5_000_000), 5);
    assert.equal(meter.secondsSinceLastByte(12_900), undefined);
    for (let nowMs = 10_250; nowMs <= 13_000; nowMs += 250) meter.sample(nowMs, bytes);
    assert.equal(meter.bytesPerSecond(13_000), undefined);
    assert.equal(meter.secondsRemaining(13_000, 1), undefined);
    assert.equal(meter.secondsSinceLastByte(14_700), 4);
  });

  it('follows a change within seconds without jumping', () => {
    const meter = new SpeedMeter(0);
    let bytes = 0;
    for (let nowMs = 0; nowMs <= 20_000; nowMs += 250) {
      bytes += nowMs < 10_000 ? 250_000 : 25_000;
      meter.sample(nowMs, bytes);
      if (nowMs === 10_250) assert.ok((meter.bytesPerSecond(nowMs) ?? 0) > 700_000);
    }
    assert.ok((meter.bytesPerSecond(20_000) ?? 0) < 150_000);
  });
});

describe('the rhythm of reports', () => {
  const report = (changes: Partial<TransferProgress>): TransferProgress => ({
    phase: 'downloading',
    downloadedBytes: 0,
    totalBytes: 100,
    filesDone: 0,
    files: [],
    connections: 1,
    ...changes,
  });

  it('tells a change of state at once, bytes four times a second, silence every 5 s', () => {
    const rhythm = new ProgressRhythm();
    assert.ok(rhythm.isDue(report({}), 0));
    assert.ok(!rhythm.isDue(report({ downloadedBytes: 1 }), 100));
    assert.ok(rhythm.isDue(report({ downloadedBytes: 1 }), 250));
    assert.ok(rhythm.isDue(report({ downloadedBytes: 1, filesDone: 1 }), 260));
    assert.ok(!rhythm.isDue(report({ downloadedBytes: 1, filesDone: 1 }), 5200));
    assert.ok(rhythm.isDue(report({ downloadedBytes: 1, filesDone: 1 }), 5260));
    assert.ok(
      rhythm.isDue(report({ downloadedBytes: 1, filesDone: 1, secondsSinceLastByte: 3 }), 5270),
    );
    assert.ok(rhythm.isDue(report({ downloadedBytes: 1, filesDone: 1, phase: 'verifying' }), 5280));
  });
});
