import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ModelManager } from '../../../../src/models';
import type { ManagerInputs } from '../../../../src/models/createManager';
import { workerBundle } from '../../download/support/workerBundle';
import { type CorePlace, testCore } from './testCore';

/** A folder with the bundled transfer worker, for a core of its own. */
export async function newCoreFolder(
  hubUrl: string,
): Promise<{ readonly root: string; readonly place: CorePlace }> {
  const root = await mkdtemp(path.join(tmpdir(), 'asr-core-'));
  const distPath = path.join(root, 'dist');
  await mkdir(distPath);
  await copyFile(await workerBundle(), path.join(distPath, 'transferWorker.js'));
  return { root, place: { storagePath: path.join(root, 'storage'), distPath, hubUrl } };
}

/** A core in a folder of its own. */
export interface Core {
  readonly manager: ModelManager;
  readonly root: string;
  close(): Promise<void>;
}

/** A core with extra catalogs (paths or addresses). `withBuiltIn`: with the extension's own catalog too. */
export async function startCore(options: {
  readonly endpoint: string;
  readonly catalogs?: readonly string[];
  /** `asr.hub.mirrors`. */
  readonly mirrors?: readonly string[];
  readonly overrides?: Partial<ManagerInputs>;
  readonly withBuiltIn?: boolean;
}): Promise<Core> {
  const { root, place } = await newCoreFolder(options.endpoint);
  const catalogFolder = path.join(place.distPath, 'catalog');
  await mkdir(catalogFolder);
  if (options.withBuiltIn === true) {
    await copyFile('src/catalog/data/catalog.json', path.join(catalogFolder, 'catalog.json'));
  }
  const { catalogs = [], mirrors = [], overrides } = options;
  const manager = testCore({ ...place, additionalCatalogs: catalogs, mirrors }, overrides);
  return {
    manager,
    root,
    async close() {
      // Waits until the state files of this window are written.
      await manager.shutDown();
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
