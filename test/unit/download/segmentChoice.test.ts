import assert from 'node:assert/strict';
import { Connection } from '../../../src/download/schedule/connection';
import type { FileJob } from '../../../src/download/schedule/fileJob';
import { StragglerWatch } from '../../../src/download/schedule/transferMonitor';
import { chooseSegment } from '../../../src/download/schedule/segmentChoice';
import { SegmentPlan } from '../../../src/download/files/segmentPlan';
import { defaultTuning, type Tuning } from '../../../src/download/tuning';
import { ManualClock } from './support/manualClock';
import { someJob } from './support/someJob';

const MB = 1e6;
const tickMs = 20;

interface Line {
  readonly sizeBytes: number;
  readonly connections: number;
  /** Of all connections together. They share it evenly, but for the first one, which gets a third of a share. */
  readonly bytesPerMs: number;
  /** From a request to its first byte. */
  readonly delayMs: number;
  /** How many connections fall to this speed, half a second after the start, for as long as they live. */
  readonly crawl?: { readonly connections: number; readonly bytesPerMs: number };
}

interface Fetched {
  readonly ms: number;
  readonly requests: number;
  /** Between the first connection that found nothing more to do and the last byte. */
  readonly tailMs: number;
}

/** Fetches a file over a line of which one connection gets less than the others, by the rule that chooses segments. */
async function fetchOver(line: Line, tuning: Tuning = defaultTuning): Promise<Fetched> {
  const clock = new ManualClock();
  const job: FileJob = await someJob(clock, line.sizeBytes);
  assert.ok(job.address !== undefined);
  job.address.ranges = true;
  const slots: ({ readonly connection: Connection; firstByteMs: number } | undefined)[] = [];
  const stragglers = new StragglerWatch(tuning);
  const crawling = new Set<Connection>();
  let hasCrawled = false;
  let requests = 0;
  let firstIdleMs: number | undefined;
  while (!job.plan.isComplete) {
    const nowMs = clock.nowMs();
    assert.ok(nowMs < 600_000, 'it never ends');
    const busy = slots.filter((slot) => slot !== undefined);
    const active = new Set(busy.map(({ connection }) => connection));
    if (line.crawl !== undefined && !hasCrawled && nowMs >= 500) {
      hasCrawled = true;
      for (const one of [...active].slice(-line.crawl.connections)) crawling.add(one);
    }
    if (nowMs % 250 < tickMs) {
      stragglers.inspect(active, nowMs, line.connections);
      slots.forEach((slot, at) => {
        if (slot?.connection.cutOff === undefined) return;
        job.plan.release(slot.connection.segment);
        active.delete(slot.connection);
        slots[at] = undefined;
      });
    }
    for (let at = 0; at < line.connections; at++) {
      if (slots[at] !== undefined) continue;
      const choice = chooseSegment({
        jobs: [job],
        active,
        targetConnections: line.connections,
        connectionSpeed: nowMs < 500 ? undefined : line.bytesPerMs / Math.max(1, active.size),
        usualSpeed: stragglers.usualBytesPerMs,
        nowMs,
        tuning,
      });
      if (choice === undefined) {
        firstIdleMs ??= nowMs;
        break;
      }
      const connection = new Connection(choice.job, choice.segment, clock);
      active.add(connection);
      slots[at] = { connection, firstByteMs: nowMs + line.delayMs };
      requests++;
    }
    await clock.advance(tickMs);
    const share = line.bytesPerMs / line.connections;
    slots.forEach((slot, at) => {
      if (slot === undefined || nowMs < slot.firstByteMs) return;
      const { segment } = slot.connection;
      const isCrawling = crawling.has(slot.connection);
      const bytesPerMs = isCrawling ? (line.crawl?.bytesPerMs ?? 0) : share * (at === 0 ? 0.33 : 1);
      const bytes = Math.round(bytesPerMs * tickMs);
      const end = Math.min(segment.end, segment.position + bytes);
      job.plan.wrote(segment.position, end, () => 0);
      slot.connection.arrived(end - segment.position);
      slot.connection.waitsForNetwork();
      segment.position = end;
      if (end < segment.end) return;
      stragglers.completed(slot.connection, clock.nowMs());
      job.plan.release(segment);
      slots[at] = undefined;
    });
  }
  const ms = clock.nowMs();
  return { ms, requests, tailMs: ms - (firstIdleMs ?? ms) };
}

describe('the choice of segments', () => {
  it('lets all connections end at about the same time, though one is slow', async () => {
    for (const connections of [4, 16]) {
      const line = { sizeBytes: 200 * MB, connections, bytesPerMs: 25_000, delayMs: 80 };
      const { tailMs, requests } = await fetchOver(line);
      assert.ok(tailMs <= 1200, `${String(connections)}: ${String(tailMs)} ms`);
      // The end costs some more requests, not many.
      assert.ok(requests <= 12 * connections, `${String(connections)}: ${String(requests)}`);
    }
  });

  it('asks for little pieces nowhere: not on a fast line, not in the middle of a file', async () => {
    const fast = { sizeBytes: 1000 * MB, connections: 4, bytesPerMs: 800_000, delayMs: 1 };
    assert.ok((await fetchOver(fast)).requests <= 90);
    const slow = { sizeBytes: 20 * MB, connections: 4, bytesPerMs: 200, delayMs: 200 };
    const { requests } = await fetchOver(slow);
    assert.ok(requests <= 20 * (MB / defaultTuning.leastSegmentBytes), String(requests));
  });

  it('does not wait for one connection, or for several, that crawl at the end', async () => {
    for (const connections of [1, 3, 8]) {
      for (const bytesPerMs of [1, 5, 60]) {
        for (const sizeBytes of [60 * MB, 256 * MB]) {
          const healthy = { sizeBytes, connections: 16, bytesPerMs: 60_000, delayMs: 40 };
          const { ms } = await fetchOver({ ...healthy, crawl: { connections, bytesPerMs } });
          const slower = ms - (await fetchOver(healthy)).ms;
          const what = `${String(connections)} at ${String(bytesPerMs)} kB/s of ${String(sizeBytes)}`;
          // Four times a second is looked, one connection is replaced at a time.
          assert.ok(slower <= 5000 + connections * 2500, `${what}: ${String(slower)} ms more`);
        }
      }
    }
  });

  it('takes nothing over that has come already, and from a slow one nearly all', () => {
    const plan = new SegmentPlan(10_000, [], 4096);
    const slow = plan.take(10_000);
    assert.ok(slow !== undefined);
    slow.position = 1000;
    slow.arriving = 3000;
    const tail = plan.split(slow, 1000, 0.25);
    assert.deepEqual([slow.end, tail?.start, tail?.end], [5500, 5500, 10_000]);
    slow.arriving = 4400;
    assert.equal(plan.split(slow, 100), undefined);
  });
});

describe('a straggler at the end of a file', () => {
  /** One connection that has the last of a file before it, and has been silent for so long. */
  async function straggler(silentMs: number): Promise<{
    readonly look: (target: number) => boolean;
    readonly job: FileJob;
  }> {
    const clock = new ManualClock();
    const job = await someJob(clock, 1000);
    assert.ok(job.address !== undefined);
    job.address.ranges = true;
    const segment = job.plan.take(1000);
    assert.ok(segment !== undefined);
    const connection = new Connection(job, segment, clock);
    connection.arrived(100);
    connection.waitsForNetwork();
    await clock.advance(silentMs);
    const watch = new StragglerWatch(defaultTuning);
    const look = (target: number): boolean => {
      watch.inspect(new Set([connection]), clock.nowMs(), target);
      return connection.cutOff === 'replaced';
    };
    return { job, look };
  }

  it('is replaced where another connection is idle, and only there', async () => {
    const { look } = await straggler(defaultTuning.stragglerMs);
    assert.equal(look(1), false);
    assert.equal(look(2), true);
  });

  it('is replaced when its rest would take much longer than others needed, ever more rarely', async () => {
    const clock = new ManualClock();
    const watch = new StragglerWatch(defaultTuning);
    const job = await someJob(clock, 4 * MB);
    assert.ok(job.address !== undefined);
    job.address.ranges = true;
    const healthy = new Connection(job, { start: 0, position: 0, arriving: 0, end: 1 }, clock);
    for (let tick = 0; tick < 4; tick++) {
      healthy.arrived(9000 * 250);
      await clock.advance(250);
    }
    watch.completed(healthy, clock.nowMs());
    let cuts = 0;
    let crawling: Connection | undefined;
    for (let tick = 0; tick < 4 * 300; tick++) {
      if (crawling === undefined) {
        const segment = job.plan.take(4 * MB);
        assert.ok(segment !== undefined);
        crawling = new Connection(job, segment, clock);
      }
      // 6 kB/s, on every connection: the line itself has become slow.
      crawling.arrived(1500);
      crawling.waitsForNetwork();
      await clock.advance(250);
      watch.inspect(new Set([crawling]), clock.nowMs(), 16);
      if (crawling.cutOff === undefined) continue;
      cuts++;
      job.plan.release(crawling.segment);
      crawling = undefined;
      if (cuts === 1) assert.ok(clock.nowMs() <= 2000, `${String(clock.nowMs())} ms`);
    }
    assert.ok(cuts >= 2 && cuts <= 9, `${String(cuts)} in five minutes`);
  });

  it('is left alone while it flows, and where no other could continue from there', async () => {
    assert.equal((await straggler(defaultTuning.stragglerMs - 1)).look(2), false);
    const { job, look } = await straggler(60_000);
    assert.ok(job.address !== undefined);
    // No connection may ask before that time: the one that was cut off could not continue.
    job.retryAtMs = Infinity;
    assert.equal(look(2), false);
    job.retryAtMs = 0;
    job.address.whole = true;
    assert.equal(look(2), false);
  });

  it('is waited for twice as long after each: a line that always pauses is no reason for a storm', async () => {
    const clock = new ManualClock();
    const watch = new StragglerWatch(defaultTuning);
    const job = await someJob(clock, 1000);
    assert.ok(job.address !== undefined);
    job.address.ranges = true;
    let cuts = 0;
    for (let connections = 0; connections < 60; connections++) {
      const segment = job.plan.take(1000);
      assert.ok(segment !== undefined);
      const connection = new Connection(job, segment, clock);
      connection.arrived(1);
      connection.waitsForNetwork();
      await clock.advance(1000);
      watch.inspect(new Set([connection]), clock.nowMs(), 4);
      if (connection.cutOff !== undefined) cuts++;
      job.plan.release(segment);
    }
    assert.equal(cuts, 1);
  });
});
