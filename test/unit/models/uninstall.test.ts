import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ModelManager } from '../../../src/models';
import { generatedContent, startTestHub, type TestHub } from '../../hub';
import { workerBundle } from '../download/support/workerBundle';
import { type CorePlace, testCore } from './support/testCore';

describe('removing everything, through the manager', () => {
  let hub: TestHub;
  let root: string;
  let place: CorePlace;
  let manager: ModelManager;
  const storage = (): string => path.join(root, 'storage');

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'asr-everything-'));
    const distPath = path.join(root, 'dist');
    await mkdir(distPath);
    await copyFile(await workerBundle(), path.join(distPath, 'transferWorker.js'));
    hub = await startTestHub({
      repos: [
        {
          name: 'org/one',
          files: { 'model.bin': generatedContent({ sizeBytes: 300_000, seed: 'one' }) },
        },
        {
          name: 'org/big',
          files: { 'model.bin': generatedContent({ sizeBytes: 40_000_000, seed: 'big' }) },
        },
      ],
    });
    hub.serve(
      '/catalog.json',
      JSON.stringify({ version: 1, name: 'Test', families: [] }),
      'application/json',
    );
    place = {
      storagePath: storage(),
      distPath,
      hubUrl: hub.url,
      additionalCatalogs: [`${hub.url}/catalog.json`],
    };
    manager = testCore(place);
  });
  afterEach(async () => {
    manager.dispose();
    await hub.close();
    await rm(root, { recursive: true, force: true });
  });

  it('takes models, partials, state and catalogs from every folder, and nothing else', async () => {
    await (
      await manager.download('hf:org/one')
    ).finished;
    await manager.models();
    assert.equal((await readdir(path.join(storage(), 'catalogs'))).length, 1);
    manager.dispose();
    const cacheDirectory = path.join(root, 'shared');
    await mkdir(cacheDirectory);
    await writeFile(path.join(cacheDirectory, 'letter.txt'), 'mine');
    manager = testCore({ ...place, cacheDirectory });
    await (
      await manager.download('hf:org/one')
    ).finished;
    hub.pace.bytesPerSecondTotal = 5_000_000;
    const running = await manager.download('hf:org/big');
    await hub.waitForBytes(4_000_000);

    const { folders, bytes } = await manager.library.uninstallPlan();
    assert.deepEqual(
      folders.map((folder) => [path.relative(root, folder.path), folder.isThere]),
      [
        ['storage/hub', true],
        ['shared', true],
      ],
    );
    assert.ok(folders.every((folder) => folder.bytes >= 300_000));
    assert.ok(bytes >= 600_000);
    const { reclaimedBytes, left } = await manager.uninstall();
    assert.equal(running.progress.status, 'cancelled');
    await running.finished.catch(() => undefined);
    assert.deepEqual(left, []);
    assert.ok(reclaimedBytes >= 300_000, 'the partial was given back by the cancel');
    assert.deepEqual(await readdir(storage()), []);
    assert.deepEqual(await readdir(cacheDirectory), ['letter.txt']);
    assert.deepEqual(await manager.downloadedModels(), []);
  });

  it('ends the download of another window first, which knows of it', async () => {
    hub.pace.bytesPerSecondTotal = 5_000_000;
    const other = testCore(place);
    try {
      const running = await other.download('hf:org/big');
      await hub.waitForBytes(2_000_000);
      const ended = assert.rejects(running.finished, { name: 'Cancelled' });
      await manager.models();
      assert.deepEqual((await manager.uninstall()).left, []);
      await ended;
      assert.equal(running.progress.status, 'cancelled');
      assert.deepEqual(await other.downloadedModels(), []);
    } finally {
      other.dispose();
    }
  });
});
