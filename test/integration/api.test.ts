import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { AsrModelApi } from '../../src/vscode/api';
import { generatedContent, type TestHub } from '../hub';
import { whisperGgml } from '../hub/models';
import { Dialogs } from './dialogs';
import { activateApi, setEndpoint, startConfiguredHub } from './hubFixture';

const single = 'hf:org/single#model.bin';

describe('the API for other extensions, in a real extension host', () => {
  let api: AsrModelApi;
  let hub: TestHub;
  let dialogs: Dialogs;

  before(async () => {
    api = await activateApi();
  });
  beforeEach(async () => {
    hub = await startConfiguredHub();
    dialogs = new Dialogs();
    await api.clearCache();
  });
  afterEach(async () => {
    dialogs.dispose();
    await api.clearCache();
    await hub.close();
    await setEndpoint(undefined);
  });

  it('says its version, and that nothing runs', () => {
    assert.equal(api.apiVersion, 1);
    assert.equal(api.getDownloadStatus(), null);
  });

  it('lists the catalog', async () => {
    const catalog = await api.getCatalog();
    assert.ok(catalog.length > 20, `${catalog.length} models`);
    assert.ok(catalog.every(({ id, name }) => id !== '' && name !== ''));
  });

  it('verifies a model, says what is damaged, and repairs it from the hub', async () => {
    const { path: place } = await api.downloadModel(single);
    assert.deepEqual((await api.verifyModel(single)).damaged, []);
    const bytes = await readFile(place);
    bytes[5] = (bytes[5] ?? 0) ^ 255;
    await writeFile(place, bytes);
    assert.deepEqual(
      (await api.verifyModel(single)).damaged.map(({ path: file }) => file),
      ['model.bin'],
    );
    const report = await api.verifyModel(single, { repair: true });
    assert.deepEqual(
      report.repaired.map(({ path: file }) => file),
      ['model.bin'],
    );
    assert.deepEqual((await api.verifyModel(single)).damaged, []);
  });

  it('finds an update, with its bytes, and brings it', async () => {
    const old = await api.downloadModel('hf:org/several');
    assert.deepEqual(await api.checkForUpdates('hf:org/several'), []);
    const commit = hub.repo('org/several').push({
      'encoder.onnx': generatedContent({ sizeBytes: 2_000_000, seed: 'encoder' }),
      'decoder.onnx': generatedContent({ sizeBytes: 1_100_000, seed: 'decoder 2' }),
      'tokens.txt': 'hello 0\nworld 1\n',
    });
    const [update] = await api.checkForUpdates();
    assert.equal(update?.modelId, 'hf:org/several');
    assert.equal(update.currentRevision, old.revision);
    assert.equal(update.newRevision, commit);
    assert.deepEqual(update.changedFiles, ['decoder.onnx']);
    assert.equal(update.downloadBytes, 1_100_000);
    hub.log.clear();
    const model = await api.updateModel('hf:org/several');
    assert.equal(model.revision, commit);
    const sent = hub.log.bytesSent(({ origin }) => origin === 'cdn');
    assert.ok(sent < 1_500_000, `${sent} bytes were sent for an update of 1.1 MB`);
    assert.deepEqual(await api.checkForUpdates(), []);
  });

  it('deletes a model and says what came free', async () => {
    const { path: place } = await api.downloadModel(single);
    const { reclaimedBytes } = await api.deleteModel(single);
    assert.ok(reclaimedBytes >= 300_000, String(reclaimedBytes));
    await assert.rejects(stat(place));
    assert.equal(await api.getModelPath(single), undefined);
    assert.deepEqual(
      dialogs.shown.filter(({ modal }) => modal),
      [],
      'a program is not asked',
    );
  });

  it('clears the cache and says what came free', async () => {
    await api.downloadModel(single);
    await api.downloadModel('hf:org/several');
    const { reclaimedBytes } = await api.clearCache();
    assert.ok(reclaimedBytes >= 3_300_000, String(reclaimedBytes));
    assert.deepEqual(await api.getDownloadedModels(), []);
  });

  it('imports a file, which then has a path of its own', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-import-'));
    try {
      const file = path.join(folder, 'own.bin');
      await writeFile(file, whisperGgml({ words: [' own'] }));
      const model = await api.importModel(file);
      assert.equal(await api.getModelPath(model.modelId), model.path);
      assert.ok((await readFile(model.path)).equals(await readFile(file)));
      assert.equal(model.verified, true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('rejects with a code and a sentence', async () => {
    const calls = [
      api.verifyModel('hf:org/never'),
      api.loadModel('no-such-model'),
      api.updateModel('no-such-model'),
      api.importModel(path.join(os.tmpdir(), 'nothing-lies-here.bin')),
    ];
    for (const call of calls) {
      const error: unknown = await call.then(
        () => assert.fail('it was expected to fail'),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof Error);
      assert.equal(typeof Reflect.get(error, 'errorCode'), 'string', error.message);
      assert.ok(error.message.length > 10);
    }
  });
});
