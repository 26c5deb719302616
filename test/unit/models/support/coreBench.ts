import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../../../../src/common/logger';
import type { ModelDownload, ModelManager } from '../../../../src/models';
import type { PlainSettings } from '../../../../src/models/createManager';
import type { ModelDownloadProgress } from '../../../../src/protocol/downloadProgress';
import { startTestHub, type TestHub, type TestRepoOptions } from '../../../hub';
import { promptMs } from '../../download/support/prompt';
import { newCoreFolder } from './coreFolder';
import { type CorePlace, testCore, testSettings } from './testCore';

/** The whole core with its real worker, over a hub on the loopback, whose settings a test may change at any time. */
export class CoreBench {
  readonly hub: TestHub;
  readonly manager: ModelManager;
  readonly lines: string[] = [];
  readonly records: ModelDownloadProgress[] = [];
  readonly #root: string;
  #settings: PlainSettings;

  private constructor(
    hub: TestHub,
    root: string,
    place: CorePlace,
    fetch: typeof globalThis.fetch,
  ) {
    const keep = (line: string): void => void this.lines.push(line);
    const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
    this.hub = hub;
    this.#root = root;
    this.#settings = { ...testSettings(place), stallTimeoutMs: 20_000, maxRetries: 3 };
    this.manager = testCore(place, { settings: () => this.#settings, logger, fetch });
    this.manager.onDidChangeDownload((record) => this.records.push(record));
  }

  static async start(
    repos: readonly TestRepoOptions[],
    fetch: typeof globalThis.fetch = globalThis.fetch,
  ): Promise<CoreBench> {
    const hub = await startTestHub({ repos });
    const { root, place } = await newCoreFolder(hub.url);
    return new CoreBench(hub, root, place, fetch);
  }

  /** Verification takes as long as the test wants; to be called before the first download. */
  async holdHashing(): Promise<void> {
    const worker = path.join(this.#root, 'dist', 'transferWorker.js');
    const held = path.join(this.#root, 'held');
    await writeFile(held, '');
    await writeFile(worker, `${waitWhileHeld(held)}\n${await readFile(worker, 'utf8')}`);
  }

  async releaseHashing(): Promise<void> {
    await rm(path.join(this.#root, 'held'), { force: true });
  }

  /** As a person changes settings while everything runs. */
  async change(settings: Partial<PlainSettings>): Promise<void> {
    this.#settings = { ...this.#settings, ...settings };
    await this.manager.applySettings();
  }

  /** The first record of a download, told from now on, that is so. */
  until(
    download: ModelDownload,
    condition: (record: ModelDownloadProgress) => boolean,
  ): Promise<ModelDownloadProgress> {
    if (condition(download.progress)) return Promise.resolve(download.progress);
    return new Promise((resolve) => {
      const subscription = download.onDidChange((record) => {
        if (!condition(record)) return;
        subscription.dispose();
        resolve(record);
      });
    });
  }

  /** Names of partial files and journals anywhere in the cache. */
  async partials(): Promise<string[]> {
    const names = await readdir(this.manager.cachePath, { recursive: true }).catch(() => []);
    return names.filter((name) => /partial./.test(name));
  }

  /**
   * Cancels and asserts that nothing is left of the download and nothing runs. The limit of 200 ms is tested at every
   * moment of a transfer by `download/stopping.test.ts`; the bound here allows for a busy disk.
   */
  async assertCancelsAtOnce(download: ModelDownload): Promise<void> {
    const askedMs = performance.now();
    await download.cancel();
    const tookMs = performance.now() - askedMs;
    await assert.rejects(download.finished, { name: 'Cancelled' });
    assert.equal(download.progress.status, 'cancelled');
    assert.ok(tookMs < promptMs(1000), `${tookMs.toFixed(0)} ms`);
    assert.deepEqual(await this.partials(), []);
    assert.deepEqual(await this.manager.downloadedModels(), []);
    await this.hub.log.waitForQuiet();
    assert.equal(this.manager.activeDownload, undefined);
  }

  async close(): Promise<void> {
    await this.manager.shutDown();
    await this.hub.close();
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Code for the hash thread: it stands still as long as the file is there. */
function waitWhileHeld(file: string): string {
  return `if (require('node:worker_threads').workerData.role === 'hash') {
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    while (require('node:fs').existsSync(${JSON.stringify(file)})) Atomics.wait(nothing, 0, 0, 5);
  }`;
}
