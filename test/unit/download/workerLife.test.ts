import assert from 'node:assert/strict';
import { englishText } from '../../../src/common/localizedMessage';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { FaultHandle } from '../../hub';
import { assertFailed, made, quickTuning, TransferBench } from './support/transferBench';
import { workerBundle } from './support/workerBundle';

/** The worker threads that this process starts while a test runs. */
class StartedWorkers {
  readonly all: Worker[] = [];
  readonly #listen = (worker: Worker): void => void this.all.push(worker);

  constructor() {
    process.on('worker', this.#listen);
  }

  dispose(): void {
    process.off('worker', this.#listen);
  }
}

/** So that what is held is waited for, however long that is on a busy machine. */
const settings = { stallTimeoutMs: 60_000 };
const tuning = { ...quickTuning, silentConnectionMs: 60_000 };

/** The file's bytes from 2 MB on come only when they are let go. */
function hold(bench: TransferBench, filePath: string): FaultHandle {
  return bench.hub.faults.add(
    { kind: 'stall', afterBytes: 0 },
    {
      origin: 'cdn',
      path: filePath,
      matches: ({ range }) => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0) >= 2_000_000,
    },
  );
}

describe('the worker of the download engine', () => {
  let bench: TransferBench;
  let workers: StartedWorkers;
  beforeEach(() => {
    workers = new StartedWorkers();
  });
  afterEach(async () => {
    workers.dispose();
    await bench.close();
  });

  it('starts with the first download, serves the next one too, and ends when idle', async () => {
    bench = await TransferBench.start({ 'a.bin': made(100) });
    const engine = await bench.engine({ idleMs: 500 });
    const file = await bench.file('a.bin');
    assert.equal(workers.all.length, 0);
    assert.deepEqual(await bench.runIn(engine, [file]).outcome, { kind: 'completed' });
    await fs.rm(file.partialPath);
    assert.deepEqual(await bench.runIn(engine, [file]).outcome, { kind: 'completed' });
    const [first, ...others] = workers.all;
    assert.ok(first !== undefined);
    assert.equal(others.length, 0);
    await once(first, 'exit');
    await fs.rm(file.partialPath);
    assert.deepEqual(await bench.runIn(engine, [file]).outcome, { kind: 'completed' });
    assert.equal(workers.all.length, 2);
  });

  it('ends with the engine', async () => {
    bench = await TransferBench.start({ 'a.bin': made(100) });
    const engine = await bench.engine();
    await bench.runIn(engine, [await bench.file('a.bin')]).outcome;
    const [worker] = workers.all;
    assert.ok(worker !== undefined);
    const exit = once(worker, 'exit');
    engine.dispose();
    await exit;
  });

  it('starts its worker again after a crash and continues, files that were handed over left alone', async () => {
    bench = await TransferBench.start({ 'a.bin': made(100, 'a'), 'b.bin': made(4000, 'b') });
    const held = hold(bench, 'b.bin');
    const workerPath = await crashingBundle(bench, 'transfer');
    const engine = await bench.engine({ workerPath, tuning });
    const files = [await bench.file('a.bin'), await bench.file('b.bin')];
    const [a, b] = files;
    assert.ok(a !== undefined && b !== undefined);
    const run = bench.runIn(engine, files, { settings });
    await run.until(
      ({ filesDone, downloadedBytes }) => filesDone === 1 && downloadedBytes > 1_000_000,
    );
    const moved = `${a.partialPath}.published`;
    await fs.rename(a.partialPath, moved);
    await fs.writeFile(path.join(bench.folder, 'crash'), '');
    const waiting = await run.until(({ phase }) => phase === 'waiting');
    assert.ok(waiting.retry !== undefined);
    assert.match(englishText(waiting.retry.error.localizedMessage), /stopped unexpectedly/);
    held.release();
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(b);
    assert.deepEqual(run.verified, ['a.bin', 'b.bin']);
    await assert.rejects(fs.stat(a.partialPath));
    assert.equal(run.progress.at(-1)?.filesDone, 2);
  });

  for (const how of [undefined, 'process.exit(7);']) {
    const name = how === undefined ? 'a crash' : 'it ended itself';
    it(`starts its hash thread again after ${name}`, async () => {
      bench = await TransferBench.start({ 'a.bin': made(4000) });
      const held = hold(bench, 'a.bin');
      const workerPath = await crashingBundle(bench, 'hash', how);
      const engine = await bench.engine({ workerPath, tuning });
      const file = await bench.file('a.bin');
      const run = bench.runIn(engine, [file], { settings });
      await run.until(({ downloadedBytes }) => downloadedBytes > 1_000_000);
      const crash = path.join(bench.folder, 'crash');
      await fs.writeFile(crash, '');
      while (existsSync(crash)) await new Promise(setImmediate);
      held.release();
      assert.deepEqual(await run.outcome, { kind: 'completed' });
      await bench.assertWhole(file);
    });
  }

  it('ends in an error when the worker can’t live at all', async () => {
    bench = await TransferBench.start({ 'a.bin': made(10) });
    const workerPath = path.join(bench.folder, 'broken.js');
    await fs.writeFile(workerPath, 'throw new Error("broken");');
    const engine = await bench.engine({ workerPath });
    const run = bench.runIn(engine, [await bench.file('a.bin')]);
    await assertFailed(run.outcome, 'unknown', /stopped unexpectedly\. What has arrived is kept/);
  });

  for (const kept of [true, false]) {
    const name = kept ? 'was flushed' : 'was not flushed yet';
    it(`that ends itself is an error with another attempt, not the end of this process; what ${name} is ${kept ? 'kept' : 'fetched again, and nothing runs backwards'}`, async () => {
      bench = await TransferBench.start({ 'a.bin': made(3000) });
      const held = hold(bench, 'a.bin');
      const workerPath = await crashingBundle(bench, 'transfer', 'process.exit(7);');
      const flush = kept ? {} : { flushBytes: 1e9, flushMs: 60_000 };
      const engine = await bench.engine({ workerPath, tuning: { ...tuning, ...flush } });
      const file = await bench.file('a.bin');
      const run = bench.runIn(engine, [file], { settings });
      const { downloadedBytes } = await run.until((now) => now.downloadedBytes > 1_000_000);
      await fs.writeFile(path.join(bench.folder, 'crash'), '');
      const waiting = await run.until(({ phase }) => phase === 'waiting');
      assert.equal(waiting.retry?.error.code, 'unknown');
      assert.match(
        englishText(waiting.retry.error.localizedMessage),
        /^The download stopped unexpectedly\. What has arrived is kept: try again\.$/,
      );
      held.release();
      assert.deepEqual(await run.outcome, { kind: 'completed' });
      await bench.assertWhole(file);
      let told = 0;
      for (const report of run.progress) {
        assert.ok(report.downloadedBytes >= told, 'it ran backwards');
        told = report.downloadedBytes;
      }
      assert.equal(workers.all.length, 2);
      const again = bench.sentBytes - file.sizeBytes;
      if (kept) assert.ok(again < file.sizeBytes - downloadedBytes / 2, String(again));
      else assert.ok(again >= downloadedBytes, String(again));
      assert.match(bench.lines.join('\n'), /the worker ended unexpectedly/);
    });
  }

  it('that has crashed lets the person pause and cancel all the same', async () => {
    bench = await TransferBench.start({ 'a.bin': made(3000) });
    hold(bench, 'a.bin');
    const engine = await bench.engine({
      workerPath: await crashingBundle(bench, 'transfer'),
      tuning: { ...tuning, retryBaseMs: 60_000 },
    });
    const file = await bench.file('a.bin');
    for (const ending of ['pause', 'cancel'] as const) {
      const run = bench.runIn(engine, [file], { settings });
      await run.until(({ downloadedBytes }) => downloadedBytes > 1_000_000);
      await fs.writeFile(path.join(bench.folder, 'crash'), '');
      await run.until(({ phase }) => phase === 'waiting');
      run.transfer[ending]();
      const { kind } = await run.outcome;
      assert.equal(kind, ending === 'pause' ? 'paused' : 'cancelled');
    }
    await assert.rejects(fs.stat(file.partialPath));
  });
});

/** The worker's bundle, one of whose threads ends (with an error, unless told how) as soon as a file named `crash` lies in the bench's folder. */
async function crashingBundle(
  bench: TransferBench,
  role: string,
  code = "throw new Error('crash');",
): Promise<string> {
  const bundle = await fs.readFile(await workerBundle(), 'utf8');
  const flag = JSON.stringify(path.join(bench.folder, 'crash'));
  const crash = `if (require('node:worker_threads').workerData.role === '${role}') setInterval(() => { if (require('node:fs').existsSync(${flag})) { require('node:fs').rmSync(${flag}); ${code} } }, 5).unref();`;
  const workerPath = path.join(bench.folder, 'crashing.js');
  await fs.writeFile(workerPath, `${crash}\n${bundle}`);
  return workerPath;
}
