import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isCancellation } from '../../../../src/common/asrError';
import { isObject, parseJson } from '../../../../src/common/json';
import { sharedStatePath } from '../../../../src/common/sharedStatePath';
import type { ModelDownload, ModelManager } from '../../../../src/models';
import type { ModelDownloadProgress } from '../../../../src/protocol/downloadProgress';
import { generatedContent, startTestHub, type TestHub } from '../../../hub';
import { newCoreFolder } from './coreFolder';
import { type CorePlace, testCore } from './testCore';
import { WindowProcess } from './windowProcess';

export const sizeBytes = 6_000_000;
export const big = generatedContent({ sizeBytes, seed: 'big' });
const shared = generatedContent({ sizeBytes: 2_000_000, seed: 'shared' });
export const modelId = 'hf:org/big';
/** Slow enough to be looked at, and to be interrupted. */
const slow = 1_500_000;
/**
 * Bytes per connection that the hub had handed to the kernel and that were not written yet when the owner was killed.
 */
const lostBytesPerConnection = 1_000_000;
/** The same, over all connections of one download. */
export const mostLostBytes = 4 * lostBytesPerConnection;

/** The next record that matches, of any download. */
export function nextRecord(
  manager: ModelManager,
  matches: (record: ModelDownloadProgress) => boolean,
): Promise<ModelDownloadProgress> {
  return new Promise((resolve) => {
    const subscription = manager.onDidChangeDownload((record) => {
      if (!matches(record)) return;
      subscription.dispose();
      resolve(record);
    });
  });
}

/** How a download ended, in words. */
export async function endOf(download: ModelDownload): Promise<string> {
  return await download.finished.then(
    ({ modelId: id }) => `downloaded ${id}`,
    (error: unknown) => (isCancellation(error) ? 'cancelled' : String(error)),
  );
}

/** Windows on one cache, in this process and in others, over a slow hub on the loopback. */
export class WindowsBench {
  readonly hub: TestHub;
  readonly place: CorePlace;
  readonly #root: string;
  readonly #managers: ModelManager[] = [];
  readonly #processes: WindowProcess[] = [];

  private constructor(hub: TestHub, root: string, place: CorePlace) {
    this.hub = hub;
    this.#root = root;
    this.place = place;
  }

  static async start(): Promise<WindowsBench> {
    const hub = await startTestHub({
      repos: [
        { name: 'org/big', files: { 'model.bin': big } },
        {
          name: 'org/pair',
          files: {
            'a/model.bin': generatedContent({ sizeBytes: 500_000, seed: 'a' }),
            'a/shared.bin': shared,
            'b/model.bin': generatedContent({ sizeBytes: 500_000, seed: 'b' }),
            'b/shared.bin': shared,
          },
        },
      ],
      pace: { bytesPerSecondTotal: slow },
    });
    const { root, place } = await newCoreFolder(hub.url);
    await mkdir(place.storagePath);
    return new WindowsBench(hub, root, place);
  }

  open(): ModelManager {
    const manager = testCore(this.place);
    this.#managers.push(manager);
    return manager;
  }

  /** A window that downloads {@link modelId} in a process of its own. */
  async openProcess(): Promise<WindowProcess> {
    const opened = await WindowProcess.open(this.place, modelId);
    this.#processes.push(opened);
    return opened;
  }

  /** Another window's download as this one knows it. */
  async foreign(manager: ModelManager): Promise<ModelDownload> {
    const there = manager.findDownload(modelId);
    if (there !== undefined) return there;
    await nextRecord(manager, ({ inOtherWindow }) => inOtherWindow === true);
    const found = manager.findDownload(modelId);
    assert.ok(found);
    return found;
  }

  /** Settles when enough is written down; checks at every event of the download in a window. */
  untilVouched(manager: ModelManager, bytes: number): Promise<void> {
    return new Promise((resolve) => {
      const subscription = manager.onDidChangeDownload(() => {
        void this.#vouchedBytes().then((vouched) => {
          if (vouched < bytes) return;
          subscription.dispose();
          resolve();
        });
      });
    });
  }

  /** Of file bodies. */
  get bytesSent(): number {
    return this.hub.log.bytesSent(({ origin }) => origin === 'cdn');
  }

  /** The files about downloads that the windows have left for each other. */
  async notes(): Promise<string[]> {
    const names = await readdir(sharedStatePath(path.join(this.place.storagePath, 'hub')));
    return names.filter((name) => name !== 'changed');
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.kill()));
    await Promise.all(this.#managers.map((manager) => manager.shutDown()));
    await this.hub.close();
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Bytes that the journal of the unfinished file vouches for: they outlive a kill. */
  async #vouchedBytes(): Promise<number> {
    const folder = path.join(this.place.storagePath, 'hub', 'models--org--big', 'partial');
    const names = await readdir(folder).catch(() => []);
    const journal = names.find((name) => name.endsWith('.json'));
    if (journal === undefined) return 0;
    const json = parseJson(await readFile(path.join(folder, journal), 'utf8'));
    return isObject(json) ? Number(json['downloadedBytes']) : 0;
  }
}
