import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseJournal } from '../../../src/common/journal';
import type { FileToFetch, TransferOutcome } from '../../../src/download';
import type { RequestRecord } from '../../hub';
import type { ChildTask, ChildWord } from './support/killChild';
import { ByteSet } from './support/byteSet';
import { seededNumbers } from './support/seeded';
import { made, quickSettings, quickTuning, TransferBench } from './support/transferBench';
import { bundled, workerBundle } from './support/workerBundle';

/** Files that one process downloads at the same time: a process costs more to start than to kill. */
const lanes = 4;
const killsPerLane = 25;
const connections = 4;
/** So much of the twelve megabytes of all files that several processes are killed before they are through. */
const mostBytesOfProcess = 4_000_000;
/** A process that has not fetched its bytes by then hangs. */
const hangsAfterMs = 120_000;
/** As in the product, as much is flushed at once as one request asks for. */
const tuning = {
  ...quickTuning,
  segmentBytes: 128 * 1024,
  firstSegmentBytes: 128 * 1024,
  flushBytes: 128 * 1024,
};
/**
 * The bytes that the server gave to the kernel for one connection and the client had not read when it was killed: as
 * many as the pace sends in a fifth of a second. Four files share the client, on a machine that other tests keep busy.
 */
const onTheWayBytes = 320 * 1024;

async function journalled(file: FileToFetch): Promise<ByteSet> {
  const text = await fs.readFile(file.journalPath, 'utf8').catch(() => '');
  return ByteSet.pieces(file.sizeBytes, parseJournal(text)?.pieces ?? []);
}

/**
 * When to kill: so long after the start of the process, while it does not download yet on any machine but a very quick
 * one, or once the hub has sent it so many bytes. Counted in bytes, the moments are as many on a slow machine.
 */
type Kill = { readonly afterMs: number } | { readonly afterBytes: number };

/** One file that is downloaded by one process after the other. */
class Lane {
  readonly #bench: TransferBench;
  readonly #counted = new Set<RequestRecord>();
  #before: ByteSet;
  #sent: ByteSet;
  readonly file: FileToFetch;
  kills = 0;
  completions = 0;
  /** Bytes that one kill cost: sent by the hub, and not in the journal afterwards. */
  worstLossBytes = 0;
  lossBytes = 0;
  /** Bytes that the hub sent although it had sent them to an earlier process. */
  againBytes = 0;

  constructor(bench: TransferBench, file: FileToFetch) {
    this.#bench = bench;
    this.file = file;
    this.#before = new ByteSet(file.sizeBytes);
    this.#sent = new ByteSet(file.sizeBytes);
  }

  /** To be called before a process starts: how many bytes it has to fetch. */
  async prepare(): Promise<number> {
    this.#before = await journalled(this.file);
    return this.file.sizeBytes - this.#before.count(this.#before, true);
  }

  /** Judges the bytes that a process left. `outcome`: of this file; undefined when the kill came before its end. */
  async judge(outcome: TransferOutcome | undefined): Promise<void> {
    const sent = await this.#sentNow();
    this.againBytes += sent.count(this.#sent, true);
    this.#sent.add(sent);
    if (outcome === undefined) {
      this.kills++;
      const after = await journalled(this.file);
      assert.equal(this.#before.count(after, false), 0, 'the journal lost bytes');
      const lossBytes = sent.count(after, false);
      this.lossBytes += lossBytes;
      this.worstLossBytes = Math.max(this.worstLossBytes, lossBytes);
      return;
    }
    assert.deepEqual(outcome, { kind: 'completed' });
    await this.#bench.assertWhole(this.file);
    this.completions++;
    await fs.rm(this.file.partialPath);
    await fs.rm(this.file.journalPath, { force: true });
    this.#sent = new ByteSet(this.file.sizeBytes);
  }

  /** The bytes of the file that the hub has sent since the last call. */
  async #sentNow(): Promise<ByteSet> {
    const { log } = this.#bench.hub;
    const ofFile = ({ file }: RequestRecord): boolean => file?.path === this.file.path;
    await log.waitForQuiet(ofFile);
    const fresh = log.filter((r) => r.origin === 'cdn' && ofFile(r) && !this.#counted.has(r));
    for (const record of fresh) this.#counted.add(record);
    return ByteSet.sent(this.file.sizeBytes, fresh);
  }
}

/** Runs one process that downloads all files; how those ended that did before it was killed, by their place. */
async function runProcess(
  bench: TransferBench,
  all: readonly Lane[],
  kill: Kill | undefined,
): Promise<ReadonlyMap<number, TransferOutcome>> {
  const task: ChildTask = {
    workerPath: await workerBundle(),
    requests: all.map(({ file }) =>
      bench.request([file], { settings: { ...quickSettings, maxConnections: connections } }),
    ),
    tuning,
  };
  const childPath = await bundled('test/unit/download/support/killChild.ts');
  const ofCdn = ({ origin }: RequestRecord): boolean => origin === 'cdn';
  const sentBytes = bench.hub.log.bytesSent(ofCdn);
  const child = spawn(process.execPath, [childPath, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Not `exit`: its last line may still be on the way then.
  const exit = once(child, 'close');
  const outcomes = new Map<number, TransferOutcome>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { place, outcome } = JSON.parse(line) as ChildWord;
    outcomes.set(place, outcome);
  });
  if (kill !== undefined) {
    if ('afterMs' in kill) setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
    else {
      await bench.hub.log.waitForBytes(sentBytes + kill.afterBytes, ofCdn, hangsAfterMs);
      child.kill('SIGKILL');
    }
  }
  await exit;
  return outcomes;
}

describe('downloads whose process is killed', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it(`at ${String(lanes * killsPerLane)} points is resumed each time, with at most a segment per connection fetched again`, async function () {
    this.timeout(480_000);
    const names = Array.from({ length: lanes }, (_, lane) => `${String(lane)}.bin`);
    const contents = Object.fromEntries(names.map((name) => [name, made(3000, name)]));
    bench = await TransferBench.start(contents, { pace: { bytesPerSecondPerConnection: 1.5e6 } });
    const all = await Promise.all(
      names.map(async (name) => new Lane(bench, await bench.file(name))),
    );
    const random = seededNumbers(1);
    for (let enough = false; ; enough = all.every(({ kills }) => kills >= killsPerLane)) {
      const lacked = await Promise.all(all.map((lane) => lane.prepare()));
      // The bytes that they lack have to be sent, so that the moment always comes.
      const mostBytes = lacked.reduce((sum, bytes) => sum + bytes, 0);
      const kill: Kill =
        random() < 0.15
          ? { afterMs: random() * 250 }
          : { afterBytes: Math.min(random() * mostBytesOfProcess, mostBytes) };
      // Lastly one that may end.
      const outcomes = await runProcess(bench, all, enough ? undefined : kill);
      for (const [place, lane] of all.entries()) await lane.judge(outcomes.get(place));
      if (enough) break;
    }
    assert.ok(all.every(({ kills, completions }) => kills >= killsPerLane && completions >= 1));
    const most = connections * (tuning.segmentBytes + onTheWayBytes);
    for (const { worstLossBytes, lossBytes, againBytes } of all) {
      assert.ok(worstLossBytes <= most, `${String(worstLossBytes)} bytes were lost by one kill`);
      assert.ok(againBytes > 0 && againBytes <= lossBytes, 'only what was lost came again');
    }
  });
});
