import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { DownloadedModel, ModelManager, ModelRecord } from '../../../src/models';
import { contentBytes, generatedContent, startTestHub, type TestHub } from '../../hub';
import { workerBundle } from '../download/support/workerBundle';
import { testCore } from './support/testCore';

const oldSmall = generatedContent({ sizeBytes: 200_000, seed: 'old small' });
const newSmall = generatedContent({ sizeBytes: 220_000, seed: 'new small' });
const oldLarge = generatedContent({ sizeBytes: 400_000, seed: 'old large' });
const newLarge = generatedContent({ sizeBytes: 410_000, seed: 'new large' });
const shared = 'hello 0\nworld 1\n';
const smallId = 'hf:org/variants#ggml-small.bin,tokens.txt';
const largeId = 'hf:org/variants#ggml-large.bin,tokens.txt';

describe('the revisions of a model, through the manager', () => {
  let hub: TestHub;
  let root: string;
  let manager: ModelManager;

  const download = async (id: string): Promise<DownloadedModel> => {
    const model = await (await manager.download(id)).finished;
    // The notes of windows about it may outlive it by a moment.
    while (manager.findDownload(id) !== undefined) await setImmediate();
    return model;
  };
  const recordOf = async (id: string): Promise<ModelRecord> => {
    const record = (await manager.models()).find(({ model }) => model.id === id);
    assert.ok(record, id);
    return record;
  };
  const pathOf = async (id: string): Promise<string | undefined> =>
    (await manager.downloadedModels()).find(({ modelId }) => modelId === id)?.path;
  const bytesAsked = (): number => hub.log.bytesSent(({ origin }) => origin === 'cdn');
  const push = (small: typeof oldSmall, large: typeof oldSmall): string =>
    hub.repo('org/variants').push({
      'ggml-small.bin': small,
      'ggml-large.bin': large,
      'tokens.txt': shared,
    });

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'asr-revisions-'));
    const distPath = path.join(root, 'dist');
    await mkdir(distPath);
    await copyFile(await workerBundle(), path.join(distPath, 'transferWorker.js'));
    hub = await startTestHub({
      repos: [
        {
          name: 'org/variants',
          files: {
            'ggml-small.bin': oldSmall,
            'ggml-large.bin': oldLarge,
            'tokens.txt': shared,
          },
        },
      ],
    });
    manager = testCore({ storagePath: path.join(root, 'storage'), distPath, hubUrl: hub.url });
  });
  afterEach(async () => {
    manager.dispose();
    await hub.close();
    await rm(root, { recursive: true, force: true });
  });

  it('keeps the previous one until it is cleaned up: restored, offered as an update again, cleaned up', async () => {
    const before = await download(smallId);
    assert.deepEqual(await manager.library.restoreOffers(smallId), []);
    push(newSmall, oldLarge);
    const after = await download(smallId);
    assert.notEqual(after.revision, before.revision);

    const [offer, ...others] = await manager.library.restoreOffers(smallId);
    assert.equal(others.length, 0);
    assert.equal(offer?.commit, before.revision);
    assert.ok(Math.abs(Date.now() - offer.modifiedMs) < 60_000);
    hub.log.clear();
    const restored = await manager.restoreModel(smallId, offer.commit);
    assert.equal(restored.revision, before.revision);
    assert.equal(restored.verified, true);
    const place = await pathOf(smallId);
    assert.equal(place, before.path);
    assert.deepEqual(
      await readFile(path.join(before.path, 'ggml-small.bin')),
      contentBytes(oldSmall),
    );
    assert.deepEqual(await manager.library.restoreOffers(smallId), [], 'nothing older is here');

    assert.deepEqual(
      manager.library.updates.map(({ modelId, newRevision, downloadBytes, changedFiles }) => [
        modelId,
        newRevision,
        downloadBytes,
        changedFiles,
      ]),
      [[smallId, after.revision, 0, ['ggml-small.bin']]],
    );
    const [found] = await manager.library.checkForUpdates(undefined, new AbortController().signal);
    assert.deepEqual([found?.newRevision, found?.downloadBytes], [after.revision, 0]);
    assert.equal((await download(smallId)).revision, after.revision);
    assert.equal(bytesAsked(), 0, 'the newer bytes were here all the time');
    assert.deepEqual(manager.library.updates, []);

    const items = await manager.library.cleanUpItems();
    const [old] = items;
    assert.equal(items.length, 1);
    assert.ok(old?.kind === 'oldRevision' && old.commit === before.revision);
    assert.ok(old.bytes >= 200_000 && old.bytes < 220_000, String(old.bytes));
    assert.equal((await manager.library.cleanUp(items)).reclaimedBytes, old.bytes);
    assert.deepEqual(await manager.library.restoreOffers(smallId), []);
    await assert.rejects(manager.restoreModel(smallId, before.revision), { code: 'notFound' });
    assert.equal(await pathOf(smallId), after.path);
  });

  it('frees the previous one too when the model is deleted, for the bytes that it said', async () => {
    await download(smallId);
    push(newSmall, oldLarge);
    await download(smallId);
    const said = await manager.library.removalBytes([smallId]);
    assert.ok(said >= 420_000, String(said));
    assert.equal((await manager.deleteModel(smallId)).reclaimedBytes, said);
    assert.deepEqual(await manager.downloadedModels(), [], 'the old one does not come back');
    assert.equal((await manager.library.diskUsage()).totalBytes, 0);
  });

  it('leaves a model where it is whole when its neighbour is updated, and offers its own update', async () => {
    const [small, large] = [await download(smallId), await download(largeId)];
    assert.equal(small.revision, large.revision);
    push(newSmall, newLarge);
    const updated = await download(smallId);
    const record = await recordOf(largeId);
    assert.deepEqual([record.state, record.commit], ['downloaded', large.revision]);
    assert.deepEqual(
      (await manager.models()).filter(({ state }) => state !== 'notDownloaded').length,
      2,
      'nothing of it is listed twice',
    );
    const found = await manager.library.checkForUpdates(undefined, new AbortController().signal);
    assert.deepEqual(
      found.map(({ modelId, downloadBytes }) => [modelId, downloadBytes]),
      [[largeId, 410_000]],
    );
    assert.deepEqual(await manager.library.cleanUpItems(), [], 'it is still used');
    await manager.deleteModel(smallId);
    assert.equal(await pathOf(largeId), large.path);
    assert.deepEqual(
      await readFile(path.join(large.path, 'ggml-large.bin')),
      contentBytes(oldLarge),
    );
    assert.equal(await pathOf(smallId), undefined);
    assert.notEqual(updated.path, large.path);
  });

  it('says which neighbours go back too, and keeps those that can’t', async () => {
    const before = await download(smallId);
    push(newSmall, newLarge);
    await download(smallId);
    const large = await download(largeId);
    const [offer] = await manager.library.restoreOffers(smallId);
    assert.deepEqual(offer?.alsoRestored, [], 'the old large one is not here');
    await manager.restoreModel(smallId, before.revision);
    assert.equal(await pathOf(smallId), before.path);
    assert.equal(await pathOf(largeId), large.path);
    assert.deepEqual(await manager.library.cleanUpItems(), []);
  });

  it('are not taken for one another: one that is asked for by its name and is not at the hub fails', async () => {
    const { revision } = await download(smallId);
    const named = smallId.replace('#', '@v9#');
    const asked = await manager.download(named);
    await assert.rejects(asked.finished, { code: 'notFound' });
    assert.equal(await manager.downloadedModel(named), undefined);
    assert.equal(await pathOf(named), undefined);
    const pinned = smallId.replace('#', `@${revision}#`);
    assert.equal((await download(pinned)).revision, revision);
  });

  it('takes a neighbour along that was there at the same revision, and offers both updates', async () => {
    const before = await download(smallId);
    await download(largeId);
    push(newSmall, newLarge);
    await download(smallId);
    await download(largeId);
    const [offer] = await manager.library.restoreOffers(smallId);
    const { model } = await recordOf(largeId);
    assert.deepEqual(offer?.alsoRestored, [model.name]);
    await manager.restoreModel(smallId, before.revision);
    assert.equal(await pathOf(largeId), before.path);
    assert.deepEqual(manager.library.updates.map(({ modelId }) => modelId).sort(), [
      largeId,
      smallId,
    ]);
  });

  it('is not restored while its download runs, whose end would undo it', async () => {
    const before = await download(smallId);
    push(newSmall, oldLarge);
    await download(smallId);
    push(generatedContent({ sizeBytes: 30_000_000, seed: 'third' }), oldLarge);
    hub.pace.bytesPerSecondTotal = 5_000_000;
    const running = await manager.download(smallId);
    await assert.rejects(
      manager.restoreModel(smallId, before.revision),
      /is being downloaded\. Wait for it or cancel it/,
    );
    await running.cancel();
    await running.finished.catch(() => undefined);
    assert.equal((await manager.restoreModel(smallId, before.revision)).path, before.path);
  });

  it('can be restored after the cache was moved', async () => {
    const before = await download(smallId);
    push(newSmall, oldLarge);
    await download(smallId);
    const cacheDirectory = path.join(root, 'moved');
    await manager.library.moveTo(cacheDirectory, () => Promise.resolve(), {});
    manager.dispose();
    manager = testCore(
      {
        storagePath: path.join(root, 'storage'),
        distPath: path.join(root, 'dist'),
        hubUrl: hub.url,
        cacheDirectory,
      },
      { knownIds: { list: () => Promise.resolve([smallId]), add: () => Promise.resolve() } },
    );
    const [offer] = await manager.library.restoreOffers(smallId);
    assert.equal(offer?.commit, before.revision);
    const restored = await manager.restoreModel(smallId, offer.commit);
    assert.deepEqual(
      await readFile(path.join(restored.path, 'ggml-small.bin')),
      contentBytes(oldSmall),
    );
  });
});
