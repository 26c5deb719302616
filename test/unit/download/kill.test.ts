import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseJournal } from '../../../src/download/journal';
import type { FileToFetch } from '../../../src/download';
import type { ChildTask } from './support/killChild';
import { made, quickSettings, quickTuning, TransferBench } from './support/transferBench';
import { bundled, workerBundle } from './support/workerBundle';

const lanes = 4;
const killsPerLane = 25;
const connections = 4;
/** What the server had handed to the kernel, but the client had not read when it was killed. */
const onTheWayBytes = 1024 * 1024;

/** Repeatable numbers in [0, 1) (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function journalledBytes(file: FileToFetch): Promise<number> {
  const text = await fs.readFile(file.journalPath, 'utf8').catch(() => '');
  return (parseJournal(text)?.pieces ?? []).reduce((sum, { start, end }) => sum + end - start, 0);
}

describe('a download whose process is killed', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it(`at ${String(lanes * killsPerLane)} points goes on each time, with at most a segment per connection fetched again`, async function () {
    this.timeout(90_000);
    const names = Array.from({ length: lanes }, (_, lane) => `${String(lane)}.bin`);
    const contents = Object.fromEntries(names.map((name) => [name, made(6000, name)]));
    bench = await TransferBench.start(contents, { pace: { bytesPerSecondPerConnection: 3e6 } });
    const childPath = await bundled('test/unit/download/support/killChild.ts');
    const workerPath = await workerBundle();
    const sent = (file: FileToFetch): number =>
      bench.hub.log.bytesSent((r) => r.origin === 'cdn' && r.file?.path === file.path);

    /** Runs the child once; kills it at a random moment, or lets it end. Gives its last line. */
    async function once_(
      file: FileToFetch,
      killAfterMs: number | undefined,
      early: boolean,
    ): Promise<string> {
      const task: ChildTask = {
        // One lane goes through the worker; the others save its start.
        ...(file.path === '0.bin' ? { workerPath } : {}),
        request: bench.request([file], {
          settings: { ...quickSettings, maxConnections: connections },
        }),
        tuning: quickTuning,
      };
      const child = spawn(process.execPath, [childPath, JSON.stringify(task)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(child, 'exit');
      const lines: string[] = [];
      const killSoon = (): void => {
        if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      };
      createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line);
        if (line === 'begun' && !early) killSoon();
      });
      if (early) killSoon();
      await exit;
      return lines.at(-1) ?? '';
    }

    async function lane(
      name: string,
      seed: number,
    ): Promise<{ kills: number; worstLoss: number; completions: number }> {
      const random = randomNumbers(seed);
      const file = await bench.file(name);
      const result = { kills: 0, worstLoss: 0, completions: 0 };
      for (;;) {
        const before = await journalledBytes(file);
        const sentBefore = sent(file);
        const enough = result.kills >= killsPerLane;
        const early = random() < 0.15;
        const killAfterMs = enough ? undefined : random() * (early ? 250 : 160);
        const last = await once_(file, killAfterMs, early);
        if (last.startsWith('{')) {
          assert.deepEqual(JSON.parse(last), { kind: 'completed' });
          await bench.assertWhole(file);
          result.completions++;
          if (enough) return result;
          await fs.rm(file.partialPath);
          await fs.rm(file.journalPath, { force: true });
          continue;
        }
        result.kills++;
        await bench.hub.log.waitForQuiet((r) => r.file?.path === name);
        const gained = (await journalledBytes(file)) - before;
        assert.ok(gained >= 0, 'the journal lost bytes');
        result.worstLoss = Math.max(result.worstLoss, sent(file) - sentBefore - gained);
      }
    }

    const results = await Promise.all(names.map((name, index) => lane(name, index + 1)));
    assert.ok(
      results.every(({ kills, completions }) => kills === killsPerLane && completions >= 1),
    );
    const worst = Math.max(...results.map(({ worstLoss }) => worstLoss));
    assert.ok(
      worst <= connections * quickTuning.segmentBytes + onTheWayBytes,
      `${String(worst)} bytes lost by one kill`,
    );
  });
});
