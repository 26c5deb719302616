import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { defined } from '../../../../src/protocol/defined';
import { systemClock, type Clock } from '../../../../src/common/clock';
import { digestHasher, type Digest } from '../../../../src/common/digest';
import { Emitter } from '../../../../src/common/event';
import type { Logger } from '../../../../src/common/logger';
import {
  createDownloadEngine,
  type DownloadEngine,
  type FileToFetch,
  type Transfer,
  type TransferOutcome,
  type TransferProgress,
  type TransferRequest,
  type TransferSettings,
} from '../../../../src/download';
import { MemoryPool } from '../../../../src/download/files/bufferPool';
import { realPartialFiles, type PartialFiles } from '../../../../src/download/files/partialFiles';
import { type Hasher, HashQueue } from '../../../../src/download/files/hashQueue';
import { runTransfer } from '../../../../src/download/schedule/transferRun';
import { defaultTuning, type Tuning } from '../../../../src/download/tuning';
import { directNetwork, type NetworkSettings } from '../../../../src/http';
import { createSocketTransport } from '../../../../src/http/sockets';
import {
  contentBytes,
  generatedContent,
  startTestHub,
  type HubContent,
  type TestHub,
  type TestHubOptions,
} from '../../../hub';
import { workerBundle } from './workerBundle';

/** Constants for files of a few megabytes and for tests that do not wait. */
export const quickTuning: Tuning = {
  ...defaultTuning,
  segmentBytes: 512 * 1024,
  firstSegmentBytes: 256 * 1024,
  minSegmentBytes: 64 * 1024,
  leastSegmentBytes: 32 * 1024,
  pieceBytes: 256 * 1024,
  writeBytes: 64 * 1024,
  writeMs: 50,
  flushBytes: 128 * 1024,
  flushMs: 50,
  retryBaseMs: 10,
  retryMaxMs: 80,
  // Generous: on a busy machine nothing may come for a second. Tests of silent connections set their own.
  silentConnectionMs: 20_000,
  silentTransferMs: 20_000,
  stragglerMs: 20_000,
  diskPollMs: 20,
  diskMarginBytes: 0,
};

export const quickSettings: TransferSettings = {
  maxConnections: 8,
  // Generous: a busy machine is no stall. Tests of stalls set their own.
  stallTimeoutMs: 5000,
  maxRetries: 3,
  maxBytesPerSecond: 0,
};

export interface RunOptions {
  readonly settings?: Partial<TransferSettings>;
  readonly tuning?: Partial<Tuning>;
  readonly network?: NetworkSettings;
  readonly disk?: PartialFiles;
  readonly hasher?: Hasher;
  readonly clock?: Clock;
  readonly queuedBytes?: number;
  readonly logger?: Logger;
  readonly onProgress?: (progress: TransferProgress, transfer: Transfer) => void;
}

/** A transfer with everything it said. */
export interface Run {
  readonly transfer: Transfer;
  readonly progress: TransferProgress[];
  readonly verified: string[];
  readonly outcome: Promise<TransferOutcome>;
  /** The first report, of those told and those to come, that is so. */
  until(condition: (progress: TransferProgress) => boolean): Promise<TransferProgress>;
}

/** Collects reports and lets tests wait for one. */
class Reports {
  readonly all: TransferProgress[] = [];
  readonly #emitter = new Emitter<TransferProgress>();

  add(report: TransferProgress): void {
    this.all.push(report);
    this.#emitter.fire(report);
  }

  until(condition: (progress: TransferProgress) => boolean): Promise<TransferProgress> {
    const told = this.all.find(condition);
    if (told !== undefined) return Promise.resolve(told);
    return new Promise((resolve) => {
      const subscription = this.#emitter.event((report) => {
        if (!condition(report)) return;
        subscription.dispose();
        resolve(report);
      });
    });
  }
}

export const testRepo = 'org/model';

/** A test hub with one repository, a temporary folder, and transfers between the two. */
export class TransferBench {
  readonly hub: TestHub;
  readonly folder: string;
  readonly #contents: ReadonlyMap<string, HubContent>;
  readonly #mirrors: TestHub[] = [];
  readonly #engines: DownloadEngine[] = [];
  readonly lines: string[] = [];
  readonly logger: Logger;

  private constructor(hub: TestHub, folder: string, contents: ReadonlyMap<string, HubContent>) {
    this.hub = hub;
    this.folder = folder;
    this.#contents = contents;
    const keep = (line: string): void => void this.lines.push(line);
    this.logger = { debug: keep, info: keep, warn: keep, error: keep };
  }

  static async start(
    contents: Readonly<Record<string, HubContent>>,
    options: TestHubOptions = {},
  ): Promise<TransferBench> {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'asr-download-'));
    const hub = await startTestHub({ ...options, repos: [{ name: testRepo, files: contents }] });
    return new TransferBench(hub, folder, new Map(Object.entries(contents)));
  }

  /** A second hub with the same files. */
  async mirror(options: TestHubOptions = {}): Promise<TestHub> {
    const files = Object.fromEntries(this.#contents);
    const mirror = await startTestHub({ ...options, repos: [{ name: testRepo, files }] });
    this.#mirrors.push(mirror);
    return mirror;
  }

  /** The source of a file on a hub. */
  source(filePath: string, hub: TestHub = this.hub): string {
    const { headCommit } = hub.repo(testRepo);
    const encoded = filePath.split('/').map(encodeURIComponent).join('/');
    return `${hub.url}/${testRepo}/resolve/${headCommit}/${encoded}`;
  }

  async file(
    filePath: string,
    urls: readonly string[] = [this.source(filePath)],
    algorithm: Digest['algorithm'] = 'sha256',
    token?: string,
  ): Promise<FileToFetch> {
    const content = this.#contents.get(filePath);
    assert.ok(content !== undefined, filePath);
    const hex = await (algorithm === 'sha256' ? content.sha256() : content.gitSha1());
    return {
      path: filePath,
      sizeBytes: content.sizeBytes,
      digest: { algorithm, hex },
      partialPath: path.join(this.folder, 'partial', hex),
      journalPath: path.join(this.folder, 'partial', `${hex}.json`),
      sources: urls.map((url) => ({ url, ...defined({ token }) })),
    };
  }

  request(files: readonly FileToFetch[], options: RunOptions = {}): TransferRequest {
    return {
      files,
      settings: { ...quickSettings, ...options.settings },
      network: options.network ?? directNetwork,
      userAgent: 'asr-test/1',
      ...defined({ queuedBytes: options.queuedBytes }),
    };
  }

  /** Runs a transfer on this thread, with sockets of our own. */
  run(files: readonly FileToFetch[], options: RunOptions = {}): Run {
    const request = this.request(files, options);
    const transport = createSocketTransport(request.network);
    const reports = new Reports();
    const verified: string[] = [];
    const started: { transfer?: Transfer } = {};
    const transfer = runTransfer(
      request,
      {
        progress: (record) => {
          reports.add(record);
          if (started.transfer !== undefined) options.onProgress?.(record, started.transfer);
        },
        verified: (file) => verified.push(file.path),
      },
      {
        transport,
        disk: options.disk ?? realPartialFiles,
        hasher: options.hasher ?? new HashQueue(),
        clock: options.clock ?? systemClock,
        logger: options.logger ?? this.logger,
        tuning: { ...quickTuning, ...options.tuning },
        memory: new MemoryPool(),
        random: () => 0.5,
      },
    );
    started.transfer = transfer;
    const outcome = transfer.finished.then(async (result) => {
      await transport.close();
      return result;
    });
    return { transfer, progress: reports.all, verified, outcome, until: (is) => reports.until(is) };
  }

  /** An engine with a real worker. */
  async engine(
    options: Partial<Parameters<typeof createDownloadEngine>[0]> = {},
  ): Promise<DownloadEngine> {
    const engine = createDownloadEngine({
      workerPath: await workerBundle(),
      clock: systemClock,
      logger: this.logger,
      tuning: quickTuning,
      ...options,
    });
    this.#engines.push(engine);
    return engine;
  }

  /** Runs a transfer in an engine's worker. */
  runIn(engine: DownloadEngine, files: readonly FileToFetch[], options: RunOptions = {}): Run {
    const reports = new Reports();
    const verified: string[] = [];
    const transfer = engine.start(this.request(files, options), {
      progress: (record) => reports.add(record),
      verified: (file) => verified.push(file.path),
    });
    return {
      transfer,
      progress: reports.all,
      verified,
      outcome: transfer.finished,
      until: (is) => reports.until(is),
    };
  }

  /** Asserts that the partial holds exactly the file's bytes. */
  async assertWhole(file: FileToFetch): Promise<void> {
    const bytes = await fs.readFile(file.partialPath);
    const hash = digestHasher(file.digest.algorithm, bytes.length).update(bytes).digest('hex');
    assert.equal(bytes.length, file.sizeBytes);
    assert.equal(hash, file.digest.hex);
  }

  /** Bytes of file bodies that the hubs have sent. */
  get sentBytes(): number {
    return this.hub.log.bytesSent(({ origin }) => origin === 'cdn');
  }

  /** The same, of the hub and its mirrors, whatever the bodies were. */
  get sentByAllBytes(): number {
    return [this.hub, ...this.#mirrors]
      .map(({ log }) => log.bytesSent(({ origin }) => origin === 'cdn'))
      .reduce((sum, bytes) => sum + bytes, 0);
  }

  async close(): Promise<void> {
    for (const engine of this.#engines) engine.dispose();
    await this.hub.close();
    for (const mirror of this.#mirrors) await mirror.close();
    await fs.rm(this.folder, { recursive: true, force: true });
  }
}

const contentsMade = new Map<string, HubContent>();

/** A generated file of so many kilobytes. It is never changed, so that tests share it with its digests. */
export function made(kilobytes: number, seed = 'asr'): HubContent {
  const key = `${seed} ${String(kilobytes)}`;
  const known = contentsMade.get(key) ?? generatedContent({ sizeBytes: kilobytes * 1024, seed });
  contentsMade.set(key, known);
  return known;
}

export { contentBytes };

/** Asserts how a transfer failed: its code and its sentence. */
export async function assertFailed(
  outcome: Promise<TransferOutcome>,
  code: string,
  localizedMessage: RegExp,
): Promise<void> {
  const result = await outcome;
  assert.equal(result.kind, 'failed', JSON.stringify(result));
  assert.equal(result.error.code, code, result.error.message);
  assert.match(result.error.message, localizedMessage);
}
