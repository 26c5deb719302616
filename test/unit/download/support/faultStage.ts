import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { createModelStore, type ModelStore, type PreparedSnapshot } from '../../../../src/cache';
import { systemClock } from '../../../../src/common/clock';
import { silentLogger } from '../../../../src/common/logger';
import type { RepoFile } from '../../../../src/common/repository';
import type { FileToFetch } from '../../../../src/download';
import { parseJournal } from '../../../../src/common/journal';
import {
  contentBytes,
  type Fault,
  type FaultHandle,
  type FaultTarget,
  type HubContent,
  type RequestRecord,
  type TestHub,
  type TestHubOptions,
} from '../../../hub';
import { testRepo, TransferBench, type Run, type RunOptions } from './transferBench';

function rangeOf({ range }: RequestRecord): { start: number; end: number } | undefined {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), end: Number(end) };
}

/**
 * The bytes that healthy answers sent beyond the place where another connection took their tail over: their number
 * depends on the machine, not on the fault.
 */
function splitBytes(records: readonly RequestRecord[]): number {
  let bytes = 0;
  records.forEach((record, at) => {
    const range = rangeOf(record);
    if (range === undefined || record.faults.length > 0) return;
    const taken = records.slice(at + 1).map(rangeOf);
    const tails = taken.filter((other) => other?.end === range.end && other.start > range.start);
    const middle = Math.min(...tails.map((tail) => tail?.start ?? Infinity));
    bytes += Math.max(0, record.bytesSent - (middle - range.start));
  });
  return bytes;
}

/** The bytes of whole files that were given up since a range was asked for: they depend on the machine, too. */
function givenUpBytes(records: readonly RequestRecord[]): number {
  return records
    .filter(({ range, status, aborted }) => range !== undefined && status === 200 && aborted)
    .reduce((sum, { bytesSent }) => sum + bytesSent, 0);
}

/** The end that every case expects. `fetched`: bytes of bodies that all the servers together may have sent. */
interface Ending extends RunOptions {
  readonly fetched: { readonly atLeast?: number; readonly atMost: number };
  /** Addresses instead of the hub's own. */
  readonly urls?: readonly string[];
  readonly token?: string;
}

interface FailedEnding extends Ending {
  readonly code: string;
  readonly localizedMessage: RegExp;
}

/**
 * One file on a hub that misbehaves, downloaded into a real cache, which publishes what the transfer calls verified. Each
 * case asserts four things: the end state, the error's code and sentence, the bytes fetched (from the hub's own log), and
 * that nothing but the right bytes was published.
 */
export class FaultStage {
  readonly bench: TransferBench;
  readonly hub: TestHub;
  readonly sizeBytes: number;
  readonly #content: HubContent;
  readonly #store: ModelStore;
  #prepared: PreparedSnapshot | undefined;

  private constructor(bench: TransferBench, content: HubContent) {
    this.bench = bench;
    this.hub = bench.hub;
    this.sizeBytes = content.sizeBytes;
    this.#content = content;
    this.#store = createModelStore({
      hubRoot: path.join(bench.folder, 'cache'),
      stateRoot: path.join(bench.folder, 'state'),
      clock: systemClock,
      logger: silentLogger,
      ownsRoot: true,
    });
  }

  static async start(content: HubContent, options?: TestHubOptions): Promise<FaultStage> {
    return new FaultStage(await TransferBench.start({ 'a.bin': content }, options), content);
  }

  /** Switches a fault of the CDN on (or of the hub, when `target` says so). */
  fault(fault: Fault, target: FaultTarget = {}): FaultHandle {
    return this.hub.faults.add(fault, { origin: 'cdn', ...target });
  }

  /** Lets something happen while the transfer runs; the ending is asserted after it. */
  async completes(ending: Ending, meanwhile?: (run: Run) => Promise<void>): Promise<Run> {
    const { run, prepared } = await this.#download(ending, meanwhile);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    assert.deepEqual(run.verified, ['a.bin']);
    await prepared.complete();
    const published = await fs.readFile(path.join(prepared.snapshotPath, 'a.bin'));
    assert.ok(
      published.equals(contentBytes(this.#content)),
      'the published bytes are the right ones',
    );
    for (const { partialPath, journalPath } of prepared.files) {
      assert.ok(!existsSync(partialPath) && !existsSync(journalPath), 'nothing partial is left');
    }
    this.#assertFetched({ atLeast: this.sizeBytes, ...ending.fetched });
    assertForward(run);
    return run;
  }

  async fails(ending: FailedEnding, meanwhile?: (run: Run) => Promise<void>): Promise<Run> {
    const { run, prepared, file } = await this.#download(ending, meanwhile);
    const outcome = await run.outcome;
    assert.equal(outcome.kind, 'failed', JSON.stringify(outcome));
    assert.equal(outcome.error.code, ending.code, outcome.error.message);
    assert.match(outcome.error.message, ending.localizedMessage);
    assert.equal(outcome.file, 'a.bin');
    this.#assertFetched(ending.fetched);
    assert.deepEqual(run.verified, []);
    assert.ok(!existsSync(path.join(prepared.snapshotPath, 'a.bin')), 'nothing is published');
    await assert.rejects(prepared.complete(), { code: 'integrity' });
    const { repos } = await this.#store.scan();
    assert.deepEqual(
      repos.flatMap(({ snapshots }) => snapshots.flatMap(({ files }) => files)),
      [],
    );
    await this.#assertHonestPartial(file);
    assertForward(run);
    return run;
  }

  /** Partial files and journals that are left. */
  async partials(): Promise<string[]> {
    const names = await fs.readdir(path.join(this.bench.folder, 'cache'), { recursive: true });
    return names.filter((name) => /partial./.test(name));
  }

  async #download(
    { urls, token, fetched: _, ...options }: Ending,
    meanwhile?: (run: Run) => Promise<void>,
  ): Promise<{ run: Run; prepared: PreparedSnapshot; file: FileToFetch }> {
    await this.#prepared?.release();
    const prepared = await this.#store.prepare(await this.#spec());
    this.#prepared = prepared;
    const [slot] = prepared.files;
    assert.ok(slot !== undefined);
    const { partialPath, journalPath } = slot;
    const file = {
      ...(await this.bench.file('a.bin', urls, 'sha256', token)),
      partialPath,
      journalPath,
    };
    const run = this.bench.run([file], options);
    await meanwhile?.(run);
    await run.outcome;
    for (const name of run.verified) await prepared.publish(name);
    return { run, prepared, file };
  }

  async #spec(): Promise<Parameters<ModelStore['prepare']>[0]> {
    const entry: RepoFile = {
      path: 'a.bin',
      sizeBytes: this.sizeBytes,
      digest: { algorithm: 'sha256', hex: await this.#content.sha256() },
      gitOid: await this.#content.gitSha1(),
    };
    const commit = this.hub.repo(testRepo).headCommit;
    return { repo: testRepo, commit, revision: 'main', tree: [entry], paths: ['a.bin'] };
  }

  #assertFetched({ atLeast = 0, atMost }: Ending['fetched']): void {
    const bytes = this.bench.sentByAllBytes;
    const text = `${String(bytes)} bytes were fetched, not ${String(atLeast)} to ${String(atMost)}`;
    const most = atMost + splitBytes(this.hub.log.records) + givenUpBytes(this.hub.log.records);
    assert.ok(bytes >= atLeast && bytes <= most, `${text}. ${this.hub.log.describe()}`);
  }

  /** Whatever the journal vouches for is there, and is what the file has at that place. */
  async #assertHonestPartial(file: FileToFetch): Promise<void> {
    const text = await fs.readFile(file.journalPath, 'utf8').catch(() => undefined);
    const pieces = text === undefined ? [] : parseJournal(text)?.pieces;
    assert.ok(pieces !== undefined, `the journal can be read: ${text ?? ''}`);
    if (pieces.length === 0) return;
    const partial = await fs.readFile(file.partialPath);
    const whole = contentBytes(this.#content);
    for (const { start, end } of pieces) {
      assert.ok(end <= partial.length, 'the journal vouches only for what is there');
      const equal = partial.subarray(start, end).equals(whole.subarray(start, end));
      assert.ok(equal, `bytes ${String(start)} to ${String(end)} are right`);
    }
  }

  async close(): Promise<void> {
    await this.#prepared?.release();
    await this.bench.close();
  }
}

/** Progress runs backwards only when the file started over, and then it says so. */
function assertForward({ progress }: Run): void {
  let before = 0;
  let restarts = 0;
  for (const { downloadedBytes, startedOver } of progress) {
    if (downloadedBytes < before) {
      assert.ok(startedOver !== undefined, 'it ran backwards without a word');
      restarts++;
    }
    before = downloadedBytes;
  }
  assert.ok(restarts <= 1);
}
