import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { deferred } from '../../../src/base/deferred';
import { realDisk, type Disk, type DiskFile } from '../../../src/download/disk';
import { promptMs } from './support/prompt';
import { made, TransferBench, type Run } from './support/transferBench';

/** The real disk with parts of its open files replaced. */
function diskWhoseFiles(change: (file: DiskFile) => Partial<DiskFile>): Disk {
  return {
    ...realDisk,
    async open(filePath) {
      const file = await realDisk.open(filePath);
      return { ...file, ...change(file) };
    },
  };
}

const slowReadMs = 40;

/** A moment of a transfer; `reach` resolves when it has come, while it lasts for a good second at least. */
interface Moment {
  readonly name: string;
  /** The disk did not take what had come. */
  readonly keepsNothing?: true;
  readonly start: (bench: TransferBench) => Promise<{ run: Run; reach: Promise<unknown> }>;
}

const moments: readonly Moment[] = [
  {
    name: 'while the address is asked for',
    async start(bench) {
      bench.hub.faults.add({ kind: 'hang' }, { origin: 'hub' });
      const run = bench.run([await bench.file('a.bin')]);
      return { run, reach: bench.hub.waitFor(({ origin }) => origin === 'hub') };
    },
  },
  {
    name: 'while bytes arrive',
    async start(bench) {
      bench.hub.pace.bytesPerSecondTotal = 1e6;
      const run = bench.run([await bench.file('a.bin')]);
      return { run, reach: run.until(({ downloadedBytes }) => downloadedBytes > 100_000) };
    },
  },
  {
    name: 'while a cap holds it up',
    async start(bench) {
      const run = bench.run([await bench.file('a.bin')], { settings: { maxBytesPerSecond: 1000 } });
      return { run, reach: run.until(({ downloadedBytes }) => downloadedBytes > 8000) };
    },
  },
  {
    name: 'while it waits for the next attempt',
    async start(bench) {
      const headers = { 'Retry-After': '300' };
      bench.hub.faults.add({ kind: 'status', status: 429, headers }, { origin: 'cdn' });
      const run = bench.run([await bench.file('a.bin')]);
      return { run, reach: run.until(({ phase }) => phase === 'waiting') };
    },
  },
  {
    name: 'while the disk is full',
    keepsNothing: true,
    async start(bench) {
      const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      const disk = diskWhoseFiles(() => ({ write: () => Promise.reject(full) }));
      const run = bench.run([await bench.file('a.bin')], { disk });
      return { run, reach: run.until(({ phase }) => phase === 'waiting') };
    },
  },
  {
    name: 'while what is wrong is looked for on the disk',
    async start(bench) {
      bench.hub.faults.add({ kind: 'corrupt', offset: 1_000_000 }, { origin: 'cdn' });
      const reading = deferred<undefined>();
      const disk = diskWhoseFiles((file) => ({
        async read(buffer, position) {
          reading.resolve(undefined);
          await new Promise((resolve) => setTimeout(resolve, slowReadMs));
          await file.read(buffer, position);
        },
      }));
      const tuning = { pieceBytes: 64 * 1024 };
      const run = bench.run([await bench.file('a.bin')], { disk, tuning });
      return { run, reach: reading.promise };
    },
  },
];

describe('a transfer that is stopped', () => {
  let bench: TransferBench;
  beforeEach(async () => {
    bench = await TransferBench.start({ 'a.bin': made(2500) });
  });
  afterEach(() => bench.close());

  const allSocketsAreClosed = async (): Promise<void> => {
    while ((await bench.hub.openConnections()) > 0) await new Promise(setImmediate);
  };

  for (const { name, start, keepsNothing } of moments) {
    it(`is cancelled within 200 ms ${name}: sockets closed, partial removed`, async () => {
      const { run, reach } = await start(bench);
      await reach;
      const askedMs = performance.now();
      run.transfer.cancel();
      assert.deepEqual(await run.outcome, { kind: 'cancelled' });
      const tookMs = performance.now() - askedMs;
      assert.ok(tookMs < promptMs(200), `${tookMs.toFixed(0)} ms`);
      await allSocketsAreClosed();
      const file = await bench.file('a.bin');
      await assert.rejects(fs.stat(file.partialPath), { code: 'ENOENT' });
      await assert.rejects(fs.stat(file.journalPath), { code: 'ENOENT' });
      assert.deepEqual(run.verified, []);
    });

    it(`is paused ${name}: sockets closed, and the next one completes`, async () => {
      const { run, reach } = await start(bench);
      await reach;
      const told = run.progress.at(-1)?.downloadedBytes ?? 0;
      run.transfer.pause();
      assert.deepEqual(await run.outcome, { kind: 'paused' });
      await allSocketsAreClosed();
      bench.hub.faults.clear();
      bench.hub.pace.bytesPerSecondTotal = 0;
      const file = await bench.file('a.bin');
      const next = bench.run([file]);
      assert.deepEqual(await next.outcome, { kind: 'completed' });
      await bench.assertWhole(file);
      assert.ok((next.progress[0]?.downloadedBytes ?? 0) >= (keepsNothing ? 0 : told));
    });
  }
});
