import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseJournal } from '../../../src/download/journal';
import type { FileToFetch } from '../../../src/download';
import type { ChildTask } from './support/killChild';
import { ByteSet } from './support/byteSet';
import { seededNumbers } from './support/seeded';
import type { RequestRecord } from '../../hub';
import { made, quickSettings, quickTuning, TransferBench } from './support/transferBench';
import { bundled, workerBundle } from './support/workerBundle';

const lanes = 4;
const killsPerLane = 25;
const connections = 4;
/** As in the product, as much is flushed at once as one request asks for. */
const tuning = {
  ...quickTuning,
  segmentBytes: 128 * 1024,
  firstSegmentBytes: 128 * 1024,
  flushBytes: 128 * 1024,
};
/** What the server had handed to the kernel for one connection, but the client had not read when it was killed. */
const onTheWayBytes = 128 * 1024;

async function journalled(file: FileToFetch): Promise<ByteSet> {
  const text = await fs.readFile(file.journalPath, 'utf8').catch(() => '');
  return ByteSet.pieces(file.sizeBytes, parseJournal(text)?.pieces ?? []);
}

/** When to kill: so long after the start of the process, or after the first word of the transfer. */
interface Kill {
  readonly afterMs: number;
  readonly since: 'start' | 'begun';
}

/** One file that is downloaded by one process after the other. */
class Lane {
  readonly #bench: TransferBench;
  readonly #file: FileToFetch;
  readonly #counted = new Set<RequestRecord>();
  #sent: ByteSet;
  kills = 0;
  completions = 0;
  /** Bytes that one kill cost: sent by the hub, and not in the journal afterwards. */
  worstLossBytes = 0;
  lossBytes = 0;
  /** Bytes that the hub sent although it had sent them to an earlier process. */
  againBytes = 0;

  constructor(bench: TransferBench, file: FileToFetch) {
    this.#bench = bench;
    this.#file = file;
    this.#sent = new ByteSet(file.sizeBytes);
  }

  /** Kills until it was done often enough, and then lets the last one end. */
  async run(random: () => number): Promise<void> {
    for (;;) {
      const early = random() < 0.15;
      const kill: Kill = {
        afterMs: random() * (early ? 250 : 160),
        since: early ? 'start' : 'begun',
      };
      const before = await journalled(this.#file);
      const enough = this.kills >= killsPerLane;
      const outcome = await this.#process(enough ? undefined : kill);
      const sent = await this.#sentNow();
      this.againBytes += sent.count(this.#sent, true);
      this.#sent.add(sent);
      if (outcome === undefined) {
        this.kills++;
        const after = await journalled(this.#file);
        assert.equal(before.count(after, false), 0, 'the journal lost bytes');
        const lossBytes = sent.count(after, false);
        this.lossBytes += lossBytes;
        this.worstLossBytes = Math.max(this.worstLossBytes, lossBytes);
        continue;
      }
      assert.deepEqual(outcome, { kind: 'completed' });
      await this.#bench.assertWhole(this.#file);
      this.completions++;
      if (enough) return;
      await fs.rm(this.#file.partialPath);
      await fs.rm(this.#file.journalPath, { force: true });
      this.#sent = new ByteSet(this.#file.sizeBytes);
    }
  }

  /** What the hub has sent of the file since this was asked last. */
  async #sentNow(): Promise<ByteSet> {
    const { log } = this.#bench.hub;
    const ofFile = ({ file }: RequestRecord): boolean => file?.path === this.#file.path;
    await log.waitForQuiet(ofFile);
    const fresh = log.filter((r) => r.origin === 'cdn' && ofFile(r) && !this.#counted.has(r));
    for (const record of fresh) this.#counted.add(record);
    return ByteSet.sent(this.#file.sizeBytes, fresh);
  }

  /** Runs one process; undefined when it was killed before it said how the transfer ended. */
  async #process(kill: Kill | undefined): Promise<unknown> {
    const task: ChildTask = {
      workerPath: await workerBundle(),
      request: this.#bench.request([this.#file], {
        settings: { ...quickSettings, maxConnections: connections },
      }),
      tuning,
    };
    const childPath = await bundled('test/unit/download/support/killChild.ts');
    const child = spawn(process.execPath, [childPath, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // Not `exit`: its last line may still be on the way then.
    const exit = once(child, 'close');
    const killSoon = (since: Kill['since']): void => {
      if (kill?.since === since) setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
    };
    let outcome: unknown;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'begun') killSoon('begun');
      else outcome = JSON.parse(line);
    });
    killSoon('start');
    await exit;
    return outcome;
  }
}

describe('a download whose process is killed', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it(`at ${String(lanes * killsPerLane)} points goes on each time, with at most a segment per connection fetched again`, async function () {
    this.timeout(480_000);
    const names = Array.from({ length: lanes }, (_, lane) => `${String(lane)}.bin`);
    const contents = Object.fromEntries(names.map((name) => [name, made(3000, name)]));
    bench = await TransferBench.start(contents, { pace: { bytesPerSecondPerConnection: 1.5e6 } });
    const all = await Promise.all(
      names.map(async (name) => new Lane(bench, await bench.file(name))),
    );
    await Promise.all(all.map((lane, index) => lane.run(seededNumbers(index + 1))));
    assert.ok(all.every(({ kills, completions }) => kills === killsPerLane && completions >= 1));
    const most = connections * (tuning.segmentBytes + onTheWayBytes);
    for (const { worstLossBytes, lossBytes, againBytes } of all) {
      assert.ok(worstLossBytes <= most, `${String(worstLossBytes)} bytes were lost by one kill`);
      assert.ok(againBytes > 0 && againBytes <= lossBytes, 'only what was lost came again');
    }
  });
});
