import assert from 'node:assert/strict';
import { CollapseWatch } from '../../../src/download/schedule/transferMonitor';
import { Connection } from '../../../src/download/schedule/connection';
import type { FileJob } from '../../../src/download/schedule/fileJob';
import { defaultTuning } from '../../../src/download/tuning';
import { someJob } from './support/someJob';
import { ManualClock } from './support/manualClock';

/** How often a transfer inspects its connections (transferMonitor.ts). */
const lookMs = 250;
/** The speed of a collapsed connection: users report 6 kB/s, after 9 MB/s before it. */
const collapsedBytesPerMs = 6;

/** A line with some connections to one file, each of which lasts as long as requests do, and is then followed by another. */
class Line {
  readonly active = new Set<Connection>();
  readonly #clock = new ManualClock();
  readonly #watch = new CollapseWatch(defaultTuning);
  readonly #endBytes = new Map<Connection, number>();
  readonly #collapsed = new Set<Connection>();
  readonly #job: Promise<FileJob> = someJob(this.#clock);
  cuts = 0;
  #bytesPerMs: number;

  constructor(bytesPerMs: number) {
    this.#bytesPerMs = bytesPerMs;
  }

  set bytesPerMs(value: number) {
    this.#bytesPerMs = value;
  }

  async run(ms: number, connections: number): Promise<void> {
    const job = await this.#job;
    const endMs = this.#clock.nowMs() + ms;
    while (this.#clock.nowMs() < endMs) {
      while (this.active.size < connections) this.#connect(job);
      await this.#clock.advance(lookMs);
      const nowMs = this.#clock.nowMs();
      for (const connection of this.active) {
        const speed = this.#collapsed.has(connection) ? collapsedBytesPerMs : this.#bytesPerMs;
        connection.arrived(speed * lookMs);
      }
      this.#watch.inspect(this.active, nowMs);
      for (const connection of this.active) {
        const over = connection.receivedBytes >= (this.#endBytes.get(connection) ?? 0);
        if (connection.cutOff !== undefined) this.cuts++;
        if (over || connection.cutOff !== undefined) this.active.delete(connection);
      }
    }
  }

  #connect(job: FileJob): void {
    const connection = new Connection(
      job,
      { start: 0, position: 0, arriving: 0, end: 1e12 },
      this.#clock,
    );
    this.active.add(connection);
    const bytes = this.#bytesPerMs * defaultTuning.segmentMs;
    this.#endBytes.set(connection, Math.max(defaultTuning.minSegmentBytes, bytes));
  }

  collapseOne(): void {
    const [one] = this.active;
    assert.ok(one !== undefined);
    this.#collapsed.add(one);
  }
}

describe('a connection whose speed collapses', () => {
  it('is found within seconds, though requests last no longer than it takes to judge one', async () => {
    const line = new Line(5000);
    await line.run(60_500, 4);
    assert.equal(line.cuts, 0);
    line.collapseOne();
    await line.run(5000, 4);
    assert.equal(line.cuts, 1);
  });

  it('is found when it is the only one', async () => {
    const line = new Line(5000);
    await line.run(60_500, 1);
    line.collapseOne();
    await line.run(5000, 1);
    assert.equal(line.cuts, 1);
  });

  it('is no reason for a storm where the whole line has become slow', async () => {
    const line = new Line(5000);
    await line.run(60_500, 8);
    line.bytesPerMs = collapsedBytesPerMs;
    await line.run(300_000, 8);
    assert.ok(line.cuts <= 3, `${String(line.cuts)} reconnects in five minutes`);
  });

  it('is none on a line that was always slow', async () => {
    const slow = new Line(collapsedBytesPerMs);
    await slow.run(120_000, 8);
    assert.equal(slow.cuts, 0);
  });
});
