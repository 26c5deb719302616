import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import type { FileToFetch, TransferOutcome } from '../../../src/download';
import { realPartialFiles, type PartialFiles } from '../../../src/download/files/partialFiles';
import { parseJournal } from '../../../src/common/journal';
import { bufferContent, type Fault, type FaultTarget, type TestHub } from '../../hub';
import { seededNumbers } from './support/seeded';
import { made, TransferBench, type Run } from './support/transferBench';

/** Seeds that are always played; `ASR_STORM_SEEDS=1000-1200` plays others. */
const defaultSeeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
/** A transfer that has not ended by then hangs: every wait in it is far shorter. */
const hangsAfterMs = 60_000;

function seeds(): readonly number[] {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(process.env['ASR_STORM_SEEDS'] ?? '') ?? [];
  if (first === undefined) return defaultSeeds;
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => Number(first) + at);
}

const contents = {
  'a.bin': made(1800),
  'b.bin': made(700, 'b'),
  'same as b.bin': made(700, 'b'),
  'c.json': bufferContent('{"c":1}'),
  'd.bin': made(90, 'd'),
};

/** Sockets and files of this process; undefined where they can't be counted. */
async function openHandles(): Promise<number | undefined> {
  return existsSync('/proc/self/fd') ? (await fs.readdir('/proc/self/fd')).length : undefined;
}

class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededNumbers(seed);
  }

  /** A whole number from 0 to `below` - 1. */
  upTo(below: number): number {
    return Math.floor(this.#next() * below);
  }

  chance(part: number): boolean {
    return this.#next() < part;
  }

  one<T>(of: readonly [T, ...T[]]): T {
    return of[this.upTo(of.length)] ?? of[0];
  }
}

function someFault(dice: Dice): Fault {
  const afterBytes = dice.upTo(300_000);
  return dice.one<Fault>([
    { kind: 'reset', afterBytes },
    { kind: 'truncate', afterBytes },
    { kind: 'stall', afterBytes },
    { kind: 'hang' },
    { kind: 'delay', ms: dice.upTo(300) },
    { kind: 'slow', afterBytes, bytesPerSecond: 6000 },
    { kind: 'overlong', bytes: 1 + dice.upTo(9000), framing: dice.one(['length', 'chunked']) },
    { kind: 'contentLength', delta: dice.upTo(1000) - 500 },
    { kind: 'chunked' },
    { kind: 'contentRange', value: `bytes ${String(dice.upTo(9))}-99/${String(dice.upTo(1e6))}` },
    { kind: 'ignoreRange' },
    { kind: 'shiftedBody', bytes: dice.upTo(1000) - 500 },
    { kind: 'status', status: dice.one([400, 401, 403, 404, 408, 410, 416, 500, 503, 511]) },
    { kind: 'status', status: 429, headers: { 'Retry-After': dice.one(['0', '1', '9999']) } },
    { kind: 'gzip' },
    { kind: 'htmlPage' },
    { kind: 'redirect', location: (url) => url },
    { kind: 'corrupt', offset: dice.upTo(1_800_000) },
    { kind: 'content', content: made(1800, 'newer'), etag: 'newer' },
  ]);
}

function someTarget(dice: Dice): FaultTarget {
  return {
    origin: dice.chance(0.8) ? 'cdn' : 'hub',
    ...(dice.chance(0.9) ? { times: 1 + dice.upTo(3) } : {}),
    ...(dice.chance(0.5) ? { nth: [1 + dice.upTo(6), 4 + dice.upTo(12)] } : {}),
  };
}

/** The real disk, some of whose calls fail, as long as `isOn` says so. */
function moodyDisk(dice: Dice, isOn: () => boolean): PartialFiles {
  const moody = async (): Promise<void> => {
    if (!isOn()) return;
    if (dice.chance(0.1)) await new Promise((resolve) => setTimeout(resolve, dice.upTo(60)));
    if (dice.chance(0.02)) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  };
  return {
    ...realPartialFiles,
    async open(filePath) {
      const file = await realPartialFiles.open(filePath);
      return {
        ...file,
        write: (buffers, position) => moody().then(() => file.write(buffers, position)),
        flush: () => moody().then(() => file.flush()),
      };
    },
    replaceText: (filePath, text) =>
      moody().then(() => realPartialFiles.replaceText(filePath, text)),
  };
}

/** Something that happens to the line or the hub while bytes flow. */
function disturb(dice: Dice, hub: TestHub, run: Run): void {
  switch (dice.upTo(6)) {
    case 0:
      hub.expireSignedUrls();
      break;
    case 1:
      hub.dropConnections();
      break;
    case 2:
      run.transfer.setMaxBytesPerSecond(dice.one([0, 2_000_000, 50_000_000]));
      break;
    case 3: {
      const thaw = hub.freeze();
      setTimeout(thaw, dice.upTo(400));
      break;
    }
    case 4:
      hub.pace.bytesPerSecondTotal = dice.one([0, 4e6, 2e7]);
      break;
    case 5:
      hub.faults.add(someFault(dice), someTarget(dice));
      break;
  }
}

/** One seed: a transfer that is disturbed, paused, continued, sometimes cancelled, and lastly left in peace. */
class Storm {
  readonly #bench: TransferBench;
  readonly #files: readonly FileToFetch[];
  readonly #dice: Dice;

  constructor(bench: TransferBench, files: readonly FileToFetch[], seed: number) {
    this.#bench = bench;
    this.#files = files;
    this.#dice = new Dice(seed);
  }

  async play(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) {
      const { kind } = await this.#turn(true);
      if (kind !== 'cancelled') await this.#assertHonest();
      if (kind === 'completed') break;
    }
    // Whatever has happened: a hub that behaves and a disk that works bring it to its end.
    this.#bench.hub.faults.clear();
    this.#bench.hub.pace.bytesPerSecondTotal = 0;
    assert.deepEqual(await this.#turn(false), { kind: 'completed' });
    for (const file of this.#files) await this.#bench.assertWhole(file);
  }

  async #turn(stormy: boolean): Promise<TransferOutcome> {
    const dice = this.#dice;
    const { hub } = this.#bench;
    if (stormy) {
      for (let count = dice.upTo(5); count > 0; count--) {
        hub.faults.add(someFault(dice), someTarget(dice));
      }
      hub.pace.bytesPerSecondTotal = dice.one([0, 4e6, 2e7]);
    }
    const isMoody = stormy && dice.chance(0.4);
    const run = this.#bench.run(this.#files, {
      settings: {
        stallTimeoutMs: 400,
        maxRetries: 3,
        maxConnections: 1 + dice.upTo(8),
        maxBytesPerSecond: stormy && dice.chance(0.2) ? 3_000_000 : 0,
      },
      tuning: { collapseWindowMs: 150, collapseRestMs: 500, maxServerWaitMs: 2000 },
      disk: moodyDisk(dice, () => isMoody),
    });
    const timers: NodeJS.Timeout[] = [];
    if (stormy) {
      for (let count = dice.upTo(4); count > 0; count--) {
        timers.push(setTimeout(() => disturb(dice, hub, run), dice.upTo(700)));
      }
      const command = dice.one(['pause', 'pause', 'cancel', 'none', 'none'] as const);
      if (command !== 'none') {
        timers.push(setTimeout(() => run.transfer[command](), dice.upTo(900)));
      }
    }
    const hang = new Promise<never>((_, reject) => {
      timers.push(
        setTimeout(() => {
          const report = JSON.stringify(run.progress.at(-1));
          reject(new Error(`it hangs: ${report}. ${hub.log.describe()}`));
        }, hangsAfterMs),
      );
    });
    try {
      const outcome = await Promise.race([run.outcome, hang]);
      assertForward(run);
      if (outcome.kind === 'failed') {
        assert.notEqual(outcome.error.code, 'unknown', outcome.error.message);
      }
      await this.#assertVerified(run);
      if (outcome.kind === 'cancelled') this.#assertNothingLeft(run);
      return outcome;
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  async #assertVerified({ verified }: Run): Promise<void> {
    for (const file of this.#files) {
      if (verified.includes(file.path)) await this.#bench.assertWhole(file);
    }
  }

  /** Pieces that a journal vouches for are there; a changed or corrupt source may have sent other bytes. */
  async #assertHonest(): Promise<void> {
    for (const file of this.#files) {
      const text = await fs.readFile(file.journalPath, 'utf8').catch(() => undefined);
      const pieces = text === undefined ? [] : parseJournal(text)?.pieces;
      assert.ok(pieces !== undefined, 'a journal that can be read');
      const size = (await fs.stat(file.partialPath).catch(() => undefined))?.size ?? 0;
      assert.ok(pieces.every(({ end }) => end <= size));
    }
  }

  /** Cancelled: only what had been handed over before is there. */
  #assertNothingLeft({ verified }: Run): void {
    for (const { path, partialPath, journalPath } of this.#files) {
      if (verified.includes(path)) continue;
      assert.ok(!existsSync(partialPath) && !existsSync(journalPath), `${path}: something is left`);
    }
  }
}

function assertForward({ progress }: Run): void {
  let told = 0;
  let restarts = 0;
  for (const { downloadedBytes, totalBytes, startedOver } of progress) {
    if (downloadedBytes < told) {
      assert.ok(startedOver !== undefined, 'it ran backwards without a word');
      restarts++;
    }
    assert.ok(downloadedBytes <= totalBytes);
    told = downloadedBytes;
  }
  assert.ok(restarts <= 3);
}

describe('a storm of faults and commands', () => {
  for (const seed of seeds()) {
    it(`of seed ${String(seed)} ends with the right bytes or an honest word, and leaves nothing open`, async function () {
      this.timeout(5 * hangsAfterMs);
      const handles = await openHandles();
      const bench = await TransferBench.start(contents);
      try {
        // Every second one has a mirror to fall back to.
        const mirror = seed % 2 === 0 ? [await bench.mirror()] : [];
        const files = await Promise.all(
          Object.keys(contents).map((name) =>
            bench.file(
              name,
              [undefined, ...mirror].map((hub) => bench.source(name, hub)),
            ),
          ),
        );
        await new Storm(bench, files, seed).play();
      } finally {
        await bench.close();
      }
      if (handles === undefined) return;
      for (let look = 0; look < 100 && ((await openHandles()) ?? 0) > handles; look++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const left = (await openHandles()) ?? 0;
      assert.ok(left <= handles, `${String(left - handles)} more handles are open`);
    });
  }
});
