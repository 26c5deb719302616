import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { englishText } from '../../../src/common/localizedMessage';
import { silentLogger } from '../../../src/common/logger';
import { directNetwork } from '../../../src/http';
import type { ModelManager } from '../../../src/models';
import { createManager } from '../../../src/models/createManager';
import { workerBundle } from '../download/support/workerBundle';

/** The whole core over real sockets and files, in a folder of its own, with extra catalogs. */
export interface Core {
  readonly manager: ModelManager;
  readonly root: string;
  close(): Promise<void>;
}

/** `catalogs`: paths or addresses; `withBuiltIn`: the extension's own catalog is there too. */
export async function startCore(options: {
  readonly endpoint: string;
  readonly catalogs: readonly string[];
  readonly withBuiltIn?: boolean;
}): Promise<Core> {
  const root = await mkdtemp(path.join(tmpdir(), 'asr-core-'));
  const distPath = path.join(root, 'dist');
  await mkdir(path.join(distPath, 'catalog'), { recursive: true });
  await copyFile(await workerBundle(), path.join(distPath, 'transferWorker.js'));
  if (options.withBuiltIn === true) {
    await copyFile('src/catalog/data/catalog.json', path.join(distPath, 'catalog', 'catalog.json'));
  }
  const manager = createManager({
    storagePath: path.join(root, 'storage'),
    distPath,
    settings: () => ({
      endpoint: options.endpoint,
      cacheDirectory: '',
      additionalCatalogs: options.catalogs,
      threads: 1,
      maxConnections: 4,
      stallTimeoutMs: 5_000,
      maxRetries: 1,
      maxBytesPerSecond: 0,
    }),
    network: () => Promise.resolve(directNetwork),
    token: () => Promise.resolve(undefined),
    localise: englishText,
    logger: silentLogger,
    fetch: globalThis.fetch,
    userAgent: 'test',
    knownIds: { list: () => Promise.resolve([]), add: () => Promise.resolve() },
    measurements: { get: () => undefined, put: () => Promise.resolve() },
    otherCaches: [],
    env: {},
    clipPath: 'media/clip.wav',
  });
  return {
    manager,
    root,
    async close() {
      // Waits for what it still notes for other windows.
      await manager.shutDown();
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
