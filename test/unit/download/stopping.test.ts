import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import net from 'node:net';
import { deferred } from '../../../src/common/deferred';
import { systemClock, type Clock } from '../../../src/common/clock';
import {
  realPartialFiles,
  type PartialFiles,
  type PartialFile,
} from '../../../src/download/files/partialFiles';
import { type Hasher, HashQueue } from '../../../src/download/files/hashQueue';
import { directNetwork } from '../../../src/http';
import { promptMs } from './support/prompt';
import { made, TransferBench, type Run } from './support/transferBench';

/** The real disk with parts of its open files replaced. */
function diskWhoseFiles(change: (file: PartialFile) => Partial<PartialFile>): PartialFiles {
  return {
    ...realPartialFiles,
    async open(filePath) {
      const file = await realPartialFiles.open(filePath);
      return { ...file, ...change(file) };
    },
  };
}

/** The process's clock, and how many of its timers are set. */
class CountingClock implements Clock {
  readonly #set = new Set<object>();
  readonly nowMs = (): number => systemClock.nowMs();
  readonly wallMs = (): number => systemClock.wallMs();

  after(delayMs: number, task: () => void): { dispose(): void } {
    const timer = systemClock.after(delayMs, () => {
      this.#set.delete(timer);
      task();
    });
    this.#set.add(timer);
    return {
      dispose: () => {
        this.#set.delete(timer);
        timer.dispose();
      },
    };
  }

  get pending(): number {
    return this.#set.size;
  }
}

/** The hasher of this thread, whose hashes never come; `asked` when one is awaited. */
function endlessHasher(asked: () => void): Hasher {
  const queue = new HashQueue();
  return {
    open(...of) {
      const session = queue.open(...of);
      return {
        ...session,
        advance: () => undefined,
        digest() {
          asked();
          return session.digest();
        },
      };
    },
  };
}

/** A proxy that takes connections and says nothing, where a test has started one. */
let silentProxy: net.Server | undefined;

const slowReadMs = 40;

/** A moment of a transfer; `reach` resolves when it has come, while it lasts for a good second at least. */
interface Moment {
  readonly name: string;
  /** The disk did not take what had come. */
  readonly keepsNothing?: true;
  readonly start: (
    bench: TransferBench,
    clock: Clock,
  ) => Promise<{ run: Run; reach: Promise<unknown> }>;
}

const moments: readonly Moment[] = [
  {
    name: 'at once',
    keepsNothing: true,
    async start(bench, clock) {
      return { run: bench.run([await bench.file('a.bin')], { clock }), reach: Promise.resolve() };
    },
  },
  {
    name: 'at once, when everything is there and would be verified',
    async start(bench, clock) {
      const file = await bench.file('a.bin');
      assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
      const hasher = endlessHasher(() => undefined);
      return { run: bench.run([file], { clock, hasher }), reach: Promise.resolve() };
    },
  },
  {
    name: 'while it is verified',
    async start(bench, clock) {
      const verifying = deferred<undefined>();
      const hasher = endlessHasher(() => verifying.resolve(undefined));
      const run = bench.run([await bench.file('a.bin')], { clock, hasher });
      return { run, reach: verifying.promise };
    },
  },
  {
    name: 'while what was there is hashed and the rest arrives',
    async start(bench, clock) {
      bench.hub.pace.bytesPerSecondTotal = 4e6;
      const file = await bench.file('a.bin');
      const first = bench.run([file]);
      await first.until(({ downloadedBytes }) => downloadedBytes > 1_000_000);
      first.transfer.pause();
      await first.outcome;
      bench.hub.pace.bytesPerSecondTotal = 1e6;
      const run = bench.run([file], { clock, hasher: endlessHasher(() => undefined) });
      return { run, reach: run.until(({ downloadedBytes }) => downloadedBytes > 1_100_000) };
    },
  },
  {
    name: 'while a redirect leads to a host that never answers',
    async start(bench, clock) {
      bench.hub.faults.add({ kind: 'hang' }, { origin: 'cdn' });
      const run = bench.run([await bench.file('a.bin')], { clock });
      return { run, reach: bench.hub.waitFor(({ origin }) => origin === 'cdn') };
    },
  },
  {
    name: 'while a proxy is waited for that never answers',
    async start(bench, clock) {
      const asked = deferred<undefined>();
      const proxy = net.createServer((socket) => {
        // Both ends of this process keep it alive: it ends with the test only when the client lets go.
        socket.once('data', () => asked.resolve(undefined));
        socket.on('close', () => proxy.close());
      });
      silentProxy = proxy;
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const { port } = proxy.address() as net.AddressInfo;
      const network = { ...directNetwork, proxyUrl: `http://127.0.0.1:${String(port)}` };
      const file = await bench.file('a.bin', ['https://hub.invalid/a.bin']);
      return { run: bench.run([file], { clock, network }), reach: asked.promise };
    },
  },
  {
    name: 'while the address is asked for',
    async start(bench, clock) {
      bench.hub.faults.add({ kind: 'hang' }, { origin: 'hub' });
      const run = bench.run([await bench.file('a.bin')], { clock });
      return { run, reach: bench.hub.waitFor(({ origin }) => origin === 'hub') };
    },
  },
  {
    name: 'while bytes arrive',
    async start(bench, clock) {
      bench.hub.pace.bytesPerSecondTotal = 1e6;
      const run = bench.run([await bench.file('a.bin')], { clock });
      return { run, reach: run.until(({ downloadedBytes }) => downloadedBytes > 100_000) };
    },
  },
  {
    name: 'while a cap holds it up',
    async start(bench, clock) {
      const run = bench.run([await bench.file('a.bin')], {
        clock,
        settings: { maxBytesPerSecond: 1000 },
      });
      return { run, reach: run.until(({ downloadedBytes }) => downloadedBytes > 8000) };
    },
  },
  {
    name: 'while it waits for the next attempt',
    async start(bench, clock) {
      const headers = { 'Retry-After': '300' };
      bench.hub.faults.add({ kind: 'status', status: 429, headers }, { origin: 'cdn' });
      const run = bench.run([await bench.file('a.bin')], { clock });
      return { run, reach: run.until(({ phase }) => phase === 'waiting') };
    },
  },
  {
    name: 'while the disk is full',
    keepsNothing: true,
    async start(bench, clock) {
      const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      const disk = diskWhoseFiles(() => ({ write: () => Promise.reject(full) }));
      const run = bench.run([await bench.file('a.bin')], { clock, disk });
      return { run, reach: run.until(({ phase }) => phase === 'waiting') };
    },
  },
  {
    name: 'while what is wrong is looked for on the disk',
    async start(bench, clock) {
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
      const run = bench.run([await bench.file('a.bin')], { clock, disk, tuning });
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
    if (silentProxy?.listening === true) await once(silentProxy, 'close');
    silentProxy = undefined;
    while ((await bench.hub.openConnections()) > 0) await new Promise(setImmediate);
  };

  const cancelMs: number[] = [];

  for (const { name, start, keepsNothing } of moments) {
    it(`is cancelled at once ${name}: sockets closed, partial removed`, async () => {
      const clock = new CountingClock();
      const { run, reach } = await start(bench, clock);
      await reach;
      const askedMs = performance.now();
      run.transfer.cancel();
      assert.deepEqual(await run.outcome, { kind: 'cancelled' });
      const tookMs = performance.now() - askedMs;
      cancelMs.push(tookMs);
      // Generously: the disk of a busy machine may take its time to remove a file.
      assert.ok(tookMs < promptMs(1000), `${tookMs.toFixed(0)} ms`);
      assert.equal(clock.pending, 0, 'nothing of it is left running');
      await allSocketsAreClosed();
      const file = await bench.file('a.bin');
      await assert.rejects(fs.stat(file.partialPath), { code: 'ENOENT' });
      await assert.rejects(fs.stat(file.journalPath), { code: 'ENOENT' });
      assert.deepEqual(run.verified, []);
    });

    it(`is paused ${name}: sockets closed, and the next one completes`, async () => {
      const clock = new CountingClock();
      const { run, reach } = await start(bench, clock);
      await reach;
      const told = run.progress.at(-1)?.downloadedBytes ?? 0;
      run.transfer.pause();
      assert.deepEqual(await run.outcome, { kind: 'paused' });
      assert.equal(clock.pending, 0, 'nothing of it is left running');
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

  for (const how of ['pause', 'abandon'] as const) {
    it(
      how === 'pause'
        ? 'keeps its journal when it is paused'
        : 'writes no journal when its files are another process’s',
      async () => {
        bench.hub.pace.crawlAfter(500_000);
        const file = await bench.file('a.bin');
        const run = bench.run([file], { tuning: { flushMs: 1e6, flushBytes: 1e12 } });
        await run.until(({ downloadedBytes }) => downloadedBytes > 200_000);
        // The other process has fetched the file and published it.
        await fs.rename(file.partialPath, `${file.partialPath}.published`);
        await fs.rm(file.journalPath, { force: true });
        run.transfer[how]();
        assert.deepEqual(await run.outcome, { kind: 'paused' });
        const journal = await fs.stat(file.journalPath).then(
          () => 'written',
          () => 'none',
        );
        assert.equal(journal, how === 'pause' ? 'written' : 'none');
        await allSocketsAreClosed();
      },
    );
  }

  it('was cancelled within 200 ms: the middle one of these moments', () => {
    assert.equal(cancelMs.length, moments.length);
    const middleMs = cancelMs.sort((a, b) => a - b)[Math.floor(cancelMs.length / 2)] ?? Infinity;
    assert.ok(middleMs < promptMs(200), `${middleMs.toFixed(0)} ms`);
  });
});
