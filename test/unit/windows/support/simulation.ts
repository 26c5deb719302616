import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { OpenedModelStore } from '../../../../src/cache';
import type { Disposable } from '../../../../src/common/disposable';
import type { Clock } from '../../../../src/common/clock';
import type { FileToFetch } from '../../../../src/download';
import { ModelManager } from '../../../../src/models';
import { isFinal } from '../../../../src/protocol/downloadProgress';
import { createSharedDownloads, type ModelDownload } from '../../../../src/windows';
import { CacheFixture, listing } from '../../cache/support/cacheFixture';
import { foreignScanProblems, Killed } from '../../cache/support/killPoints';
import { seededNumbers } from '../../download/support/seeded';
import { FakeWorld, hubModel } from '../../models/fakePorts';
import { DiskClock, diskIsQuiet } from './diskClock';
import { SimulatedEngine, type SimulatedSource } from './simulatedEngine';

const modelIds = ['one', 'two', 'three'] as const;
const contents = new Map<string, Buffer>();
const files = [
  ['one.bin', 9_000],
  ['shared.bin', 7_000],
  ['two.bin', 5_000],
  ['three.bin', 12_000],
].map(([name, sizeBytes]) => {
  const content = Buffer.alloc(Number(sizeBytes), String(name));
  const hex = createHash('sha256').update(content).digest('hex');
  contents.set(hex, content);
  const digest = { algorithm: 'sha256' as const, hex };
  return { path: String(name), sizeBytes: content.length, digest, gitOid: 'a'.repeat(40) };
});
const models = [
  hubModel('one', ['one.bin', 'shared.bin']),
  hubModel('two', ['two.bin', 'shared.bin']),
  hubModel('three', ['three.bin']),
];
const mostWindows = 4;
/** A minute of silence, and what it takes to notice and to begin. */
const longestBlockMs = 80_000;

/** One simulated process with one window: killing it ends its clock and all its changes of the disk. */
class SimulatedWindow {
  readonly clock: Clock;
  readonly engine: SimulatedEngine;
  readonly manager: ModelManager;
  readonly store: OpenedModelStore;
  readonly #timers = new Set<Disposable>();
  readonly #watches: Disposable[] = [];
  isAlive = true;
  /** Set while the process stands still, as in a debugger; timers that are due then run when it continues. */
  isFrozen = false;
  #dueMeanwhile: (() => void)[] = [];
  #wallOffsetMs = 0;

  constructor(
    readonly name: string,
    cache: CacheFixture,
    time: DiskClock,
    source: SimulatedSource,
  ) {
    this.clock = {
      nowMs: () => time.nowMs(),
      wallMs: () => time.wallMs() + this.#wallOffsetMs,
      after: (delayMs, task) => {
        const timer = time.after(delayMs, () => {
          this.#timers.delete(timer);
          if (!this.isAlive) return;
          if (this.isFrozen) this.#dueMeanwhile.push(task);
          else task();
        });
        this.#timers.add(timer);
        return {
          dispose: () => {
            timer.dispose();
            this.#timers.delete(timer);
            this.#dueMeanwhile = this.#dueMeanwhile.filter((due) => due !== task);
          },
        };
      },
    };
    const step = (): void => {
      if (!this.isAlive) throw new Killed('killed');
    };
    // All windows have this process's number, as if it had been given out again: only signs of life tell them apart.
    this.store = cache.open({ clock: this.clock, ports: { step } });
    this.engine = new SimulatedEngine(source, this.clock);
    const world = new FakeWorld();
    world.files = files;
    world.models = models;
    const windows = createSharedDownloads(this.store.stateAccess);
    const watch = windows.watch.bind(windows);
    windows.watch = (onChange) => {
      const watching = watch(onChange);
      this.#watches.push(watching);
      return watching;
    };
    let ids = 0;
    this.manager = new ModelManager({
      ...world.ports,
      clock: this.clock,
      store: { ...this.store, watch: () => ({ dispose: () => undefined }) },
      windows,
      engine: this.engine,
      newDownloadId: () => `${name}-${String(++ids)}`,
    });
  }

  jump(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  thaw(): void {
    this.isFrozen = false;
    const due = this.#dueMeanwhile;
    this.#dueMeanwhile = [];
    for (const task of due) task();
  }

  kill(): void {
    this.isAlive = false;
    for (const timer of this.#timers) timer.dispose();
    // Windows keeps a folder for as long as a process that lives watches it.
    for (const watching of this.#watches) watching.dispose();
  }
}

/**
 * Several windows on one cache that do what a seed says, on a clock of their own and on real files. After each step
 * these hold: a file is fetched by one window at a time, and no part of it again while the disk has it; what is offered
 * has its bytes; nothing waits for a window that is gone for longer than a minute. At the end nothing is left over.
 */
export class Simulation implements SimulatedSource {
  readonly log: string[] = [];
  readonly #random: () => number;
  readonly #time = new DiskClock();
  readonly #cache: CacheFixture;
  readonly #windows: SimulatedWindow[] = [];
  /** The window that fetches a file, and since when. */
  readonly #fetching = new Map<string, { engine: SimulatedEngine; atMs: number }>();
  readonly #waitingSinceMs = new Map<ModelDownload, number>();
  readonly #problems: string[] = [];
  /** Windows that stood still and have not had the time to learn what happened meanwhile. */
  readonly #dazed = new Map<SimulatedEngine, number>();
  #opened = 0;

  private constructor(seed: number, cache: CacheFixture) {
    this.#random = seededNumbers(seed);
    this.#cache = cache;
  }

  /** Runs one seed; rejects with all that was done when something does not hold. */
  static async run(seed: number, steps: number): Promise<void> {
    const cache = await CacheFixture.create({ ownsRoot: true });
    const simulation = new Simulation(seed, cache);
    try {
      for (let step = 0; step < steps; step++) await simulation.#step();
      await simulation.#end();
    } catch (error) {
      const done = simulation.log.slice(-60).join('\n');
      throw new Error(`seed ${String(seed)}: ${String(error)}\n${done}`, { cause: error });
    } finally {
      for (const window of simulation.#windows) window.kill();
      await diskIsQuiet();
      await cache.remove();
    }
  }

  contentOf(sha256: string): Buffer {
    return contents.get(sha256) ?? assert.fail(`nobody has ${sha256}`);
  }

  onFetch(engine: SimulatedEngine, file: FileToFetch, chunk: number): void {
    const nowMs = this.#time.nowMs();
    if ((this.#dazed.get(engine) ?? 0) > nowMs) return;
    const other = this.#fetching.get(file.digest.hex);
    // A window that has fetched a part within the last seconds counts as still downloading.
    if (other !== undefined && other.engine !== engine && nowMs - other.atMs < 1_500) {
      this.#problems.push(`${file.path} is fetched by two windows`);
    }
    this.#fetching.set(file.digest.hex, { engine, atMs: nowMs });
    const blob = path.join(path.dirname(path.dirname(file.partialPath)), 'blobs', file.digest.hex);
    if (existsSync(blob))
      this.#problems.push(`${file.path} is fetched again (part ${String(chunk)})`);
  }

  async #step(): Promise<void> {
    const window = this.#pick(this.#windows.filter(({ isAlive }) => isAlive));
    const draw = this.#random();
    if (window === undefined || (draw < 0.1 && this.#living.length < mostWindows)) {
      this.#open();
    } else if (window.isFrozen) {
      this.#say(`${window.name} goes on`);
      window.thaw();
      this.#dazed.set(window.engine, this.#time.nowMs() + 15_000);
    } else await this.#act(window, draw);
    const passMs = Math.floor(this.#random() ** 3 * 40_000);
    this.#say(`${String(passMs)} ms pass`);
    for (let passed = 0; passed < passMs; passed += 5_000) {
      await this.#time.advance(Math.min(5_000, passMs - passed));
      this.#check();
    }
  }

  get #living(): readonly SimulatedWindow[] {
    return this.#windows.filter(({ isAlive }) => isAlive);
  }

  #open(): SimulatedWindow {
    const window = new SimulatedWindow(`w${String(++this.#opened)}`, this.#cache, this.#time, this);
    this.#windows.push(window);
    this.#say(`${window.name} opens`);
    return window;
  }

  async #act(window: SimulatedWindow, draw: number): Promise<void> {
    const modelId = this.#pick(modelIds) ?? 'one';
    const { manager, name } = window;
    const download = manager.findDownload(modelId);
    const act = (what: string, work: () => Promise<unknown> | undefined): void => {
      this.#say(`${name} ${what} ${modelId}`);
      // An error is only logged: a person would be shown it. The right state is checked on the disk.
      void work()?.catch((error: unknown) => this.#say(`${name} ${what}: ${String(error)}`));
    };
    if (draw < 0.45) {
      act('downloads', async () => {
        const begun = await manager.download(modelId);
        begun.finished.catch(() => undefined);
      });
    } else if (draw < 0.52) act('cancels', () => download?.cancel());
    else if (draw < 0.59) act('pauses', () => download?.pause());
    else if (draw < 0.68) act('resumes', () => Promise.resolve(download?.resume()));
    else if (draw < 0.72 && download === undefined)
      act('deletes', () => manager.deleteModel(modelId));
    else if (draw < 0.76) act('takes over', () => this.#takeOver(manager, modelId));
    else if (draw < 0.86) {
      this.#say(`${name} is killed`);
      window.kill();
    } else if (draw < 0.9) {
      this.#say(`${name} closes`);
      const closed = manager.shutDown();
      await this.#time.advance(2_000);
      await closed;
      window.kill();
    } else if (draw < 0.95) {
      const jumpMs = Math.floor((this.#random() - 0.5) * 7_200_000);
      this.#say(`the clock of ${name} jumps by ${String(jumpMs)}`);
      window.jump(jumpMs);
    } else {
      this.#say(`${name} stands still`);
      window.isFrozen = true;
    }
    await diskIsQuiet();
  }

  /** As a person can: only where the window says that the other one does not answer. */
  async #takeOver(manager: ModelManager, modelId: string): Promise<void> {
    if (manager.findDownload(modelId)?.progress.isOwnerSilent !== true) return;
    await manager.takeOver(modelId);
  }

  #check(): void {
    assert.deepEqual(this.#problems, []);
    assert.deepEqual(foreignScanProblems(this.#cache.hubRoot), []);
    const blobs = this.#cache.hub('models--org--repo/blobs');
    for (const name of existsSync(blobs) ? readdirSync(blobs) : []) {
      assert.ok(readFileSync(path.join(blobs, name)).equals(this.contentOf(name)), name);
    }
    this.#checkWaiting();
  }

  /** A download that waits or stands still has a living window that works at it, or at what it waits for. */
  #checkWaiting(): void {
    const isWorking = this.#living.some(({ engine }) => engine.running > 0);
    const isPaused = this.#living.some(({ manager }) =>
      manager.downloads().some(({ progress }) => progress.status === 'paused'),
    );
    const waiting = this.#living
      .filter(({ isFrozen }) => !isFrozen)
      .flatMap(({ manager }) => manager.downloads())
      .filter(({ progress }) => !isFinal(progress.status) && progress.status !== 'paused');
    for (const download of [...this.#waitingSinceMs.keys()]) {
      if (isWorking || isPaused || !waiting.includes(download))
        this.#waitingSinceMs.delete(download);
    }
    if (isWorking || isPaused) return;
    const nowMs = this.#time.nowMs();
    for (const download of waiting) {
      const sinceMs = this.#waitingSinceMs.get(download) ?? nowMs;
      this.#waitingSinceMs.set(download, sinceMs);
      const { modelId, progress } = download;
      assert.ok(
        nowMs - sinceMs <= longestBlockMs,
        `${modelId} (${progress.status}) waits for ${String(nowMs - sinceMs)} ms and nobody works`,
      );
    }
  }

  /** Everything is killed; the next window finds what is there, ends what was begun, and removes it all. */
  async #end(): Promise<void> {
    for (const window of this.#windows) window.kill();
    const last = this.#open();
    const done = Promise.all(
      modelIds.map(async (modelId) => (await last.manager.download(modelId)).finished),
    );
    const end = { isReached: false };
    const reached = (): void => {
      end.isReached = true;
    };
    void done.then(reached, reached);
    for (let waited = 0; !end.isReached && waited < 60; waited++) {
      await this.#time.advance(5_000);
      this.#check();
    }
    assert.ok(end.isReached, 'the downloads of the last window come to their end');
    await done;
    await this.#time.advance(120_000);
    const lockFiles = existsSync(this.#cache.hub('.locks/asr'))
      ? readdirSync(this.#cache.hub('.locks/asr')).filter((name) => name.endsWith('.lock'))
      : [];
    for (const name of lockFiles) {
      this.#say(readFileSync(this.#cache.hub('.locks/asr', name), 'utf8'));
    }
    for (const { progress } of last.manager.downloads()) this.#say(JSON.stringify(progress));
    assert.deepEqual(litter(await listing(this.#cache.hubRoot)), []);
    const cleared = last.manager.clearCache();
    await this.#time.advance(5_000);
    await cleared;
    const closed = last.manager.shutDown();
    await this.#time.advance(5_000);
    await closed;
    const left = (await listing(this.#cache.hubRoot)).map((line) => line.split(' ')[0] ?? '');
    const expected = /^(CACHEDIR\.TAG|\.locks\/(asr\/(windows\/(changed)?|verified\.jsonl)?)?)$/;
    assert.deepEqual(
      left.filter((name) => !expected.test(name)),
      [],
    );
    await fs.rm(this.#cache.hubRoot, { recursive: true });
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)];
  }

  #say(line: string): void {
    this.log.push(`${String(this.#time.nowMs())} ${line}`);
  }
}

/** The files in a listing that no program needs any more. */
function litter(lines: readonly string[]): readonly string[] {
  return lines.filter(
    (line) =>
      /\.tmp |\.draft|\.gone|\.lock |staging|\.request /.test(line) || /\/partial\/./.test(line),
  );
}
