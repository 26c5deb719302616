import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { BandwidthCap } from '../../../src/download/schedule/bandwidthCap';
import { ManualClock } from './support/manualClock';

/** So many readers that take a portion each whenever they may, until they are stopped. */
class Readers {
  bytes = 0;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(cap: BandwidthCap, clock: ManualClock, count: number, lineBytesPerMs = Infinity) {
    setMaxListeners(0, this.#stop.signal);
    const read = async (): Promise<void> => {
      for (;;) {
        const portion = Math.min(65_536, cap.portionBytes);
        await new Promise<void>((resolve) => clock.after(portion / lineBytesPerMs, resolve));
        this.bytes += portion;
        await cap.admit(portion, this.#stop.signal);
      }
    };
    this.#running = Promise.allSettled(Array.from({ length: count }, read));
  }

  async stop(clock: ManualClock): Promise<void> {
    this.#stop.abort();
    await clock.advance(1);
    await this.#running;
  }
}

function assertWithinFivePercent(bytes: number, expected: number): void {
  assert.ok(Math.abs(bytes / expected - 1) < 0.05, `${String(bytes)} for ${String(expected)}`);
}

describe('the bandwidth cap', () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock();
  });

  for (const [connections, bytesPerSecond] of [
    [1, 1_000_000],
    [16, 1_000_000],
    [16, 50_000_000],
    [4, 100_000],
  ] as const) {
    it(`is held within 5 % over 10 s by ${String(connections)} connections at ${String(bytesPerSecond / 1000)} kB/s`, async () => {
      const cap = new BandwidthCap(clock, bytesPerSecond);
      const readers = new Readers(cap, clock, connections, 1e5);
      for (let window = 0; window < 3; window++) {
        const before = readers.bytes;
        await clock.advance(10_000);
        assertWithinFivePercent(readers.bytes - before, bytesPerSecond * 10);
      }
      await readers.stop(clock);
    });
  }

  it('takes a new speed at once, looser or tighter, also for readers that wait for the old one', async () => {
    const cap = new BandwidthCap(clock, 2000);
    const readers = new Readers(cap, clock, 8, 1e5);
    await clock.advance(5000);
    cap.set(4_000_000);
    let before = readers.bytes;
    await clock.advance(10_000);
    assertWithinFivePercent(readers.bytes - before, 40_000_000);
    cap.set(200_000);
    before = readers.bytes;
    await clock.advance(10_000);
    // The portion that each of the eight was reading at the speed before counts for the new one.
    assertWithinFivePercent(readers.bytes - before, 2_000_000);
    cap.set(0);
    before = readers.bytes;
    await clock.advance(1000);
    assert.ok(readers.bytes - before > 50_000_000);
    await readers.stop(clock);
  });

  it('is held within 5 % over 10 s from the moment it is set, whatever was on its way without it', async () => {
    const cap = new BandwidthCap(clock, 0);
    const readers = new Readers(cap, clock, 8, 1e4);
    await clock.advance(2000);
    cap.set(200_000);
    const before = readers.bytes;
    await clock.advance(10_000);
    assertWithinFivePercent(readers.bytes - before, 2_000_000);
    await readers.stop(clock);
  });

  it('makes no connection wait long for bytes that came before a very low cap', async () => {
    const cap = new BandwidthCap(clock, 1000);
    const stop = new AbortController();
    let done = false;
    void cap.admit(1_000_000, stop.signal).then(() => (done = true));
    await clock.advance(11_500);
    assert.ok(done);
  });

  it('does not save up what was not used', async () => {
    const cap = new BandwidthCap(clock, 1_000_000);
    await clock.advance(60_000);
    const readers = new Readers(cap, clock, 4);
    await clock.advance(1000);
    assert.ok(readers.bytes <= 1_400_000, String(readers.bytes));
    await readers.stop(clock);
  });

  it('lets a reader go that is cancelled while it waits', async () => {
    const cap = new BandwidthCap(clock, 1000);
    const stop = new AbortController();
    const waiting = cap.admit(4096, stop.signal).then(() => cap.admit(4096, stop.signal));
    stop.abort();
    await assert.rejects(waiting, { name: 'Cancelled' });
    assert.equal(clock.pending, 0);
  });
});
