import assert from 'node:assert/strict';
import {
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DownloadedModel, ModelManager } from '../../../src/models';
import {
  bufferContent,
  contentBytes,
  generatedContent,
  startTestHub,
  type TestHub,
} from '../../hub';
import { workerBundle } from '../download/support/workerBundle';
import { testCore } from './support/testCore';

const encoder = generatedContent({ sizeBytes: 700_000, seed: 'encoder' });
const decoder = generatedContent({ sizeBytes: 300_000, seed: 'decoder' });
const tokens = 'hello 0\nworld 1\n';
const several = { 'encoder.onnx': encoder, 'decoder.onnx': decoder, 'tokens.txt': tokens };

/** Real rooms over real sockets and real files; only the editor is missing. */
describe('the whole core, over a hub on the loopback', function () {
  let hub: TestHub;
  let root: string;
  let distPath: string;
  let manager: ModelManager;

  const start = (storage: string, otherCaches: readonly string[] = []): ModelManager =>
    testCore({
      storagePath: path.join(root, storage),
      distPath,
      hubUrl: hub.url,
      otherCaches,
      additionalCatalogs: [`${hub.url}/catalog.json`],
    });
  const bytesAsked = (): number => hub.log.bytesSent(({ origin }) => origin === 'cdn');
  const download = async (id: string): Promise<DownloadedModel> =>
    (await manager.download(id)).finished;

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'asr-core-'));
    distPath = path.join(root, 'dist');
    await mkdir(distPath);
    await copyFile(await workerBundle(), path.join(distPath, 'transferWorker.js'));
  });
  beforeEach(async () => {
    hub = await startTestHub({
      repos: [
        { name: 'org/several', files: several },
        {
          name: 'org/sherpa',
          files: {
            'tiny-encoder.onnx': encoder,
            'tiny-decoder.onnx': decoder,
            'tiny-tokens.txt': tokens,
          },
        },
        {
          name: 'org/variants',
          files: {
            'ggml-small.bin': generatedContent({ sizeBytes: 200_000, seed: 'small' }),
            'ggml-large.bin': generatedContent({ sizeBytes: 400_000, seed: 'large' }),
            'README.md': 'Read me.',
          },
        },
      ],
    });
    const sha256 = await encoder.sha256();
    hub.serve(
      '/catalog.json',
      JSON.stringify({
        version: 1,
        name: 'Test',
        endpoint: hub.url,
        families: [
          {
            id: 'test',
            name: 'Test',
            format: 'onnx-sherpa',
            licence: { id: 'MIT' },
            languages: ['en'],
            loaders: ['sherpa-onnx-node'],
            variants: [
              {
                id: 'encoder-only',
                name: 'Encoder only',
                repo: 'org/several',
                files: [{ path: 'encoder.onnx', sizeBytes: encoder.sizeBytes, sha256 }],
              },
            ],
          },
        ],
      }),
      'application/json',
    );
    const test = this.ctx.currentTest?.title ?? '';
    manager = start(Buffer.from(test).toString('hex').slice(0, 32));
  });
  afterEach(async () => {
    await manager.shutDown();
    await hub.close();
  });
  after(() => rm(root, { recursive: true, force: true }));

  it('finds one damaged byte, fetches only that file again, and leaves the rest', async () => {
    const model = await download('hf:org/several');
    const file = await open(path.join(model.path, 'decoder.onnx'), 'r+');
    await file.write(Buffer.from([0xff, 0x00, 0xff]), 0, 3, 1000);
    await file.close();
    const found = await manager.library.verify(['hf:org/several'], {});
    assert.deepEqual(
      found.damaged.map(({ path: at }) => at),
      ['decoder.onnx'],
    );
    assert.equal(found.good.length, 2);
    hub.log.clear();
    const mended = await manager.library.verify(['hf:org/several'], { repair: true });
    assert.deepEqual(
      mended.repaired.map(({ path: at }) => at),
      ['decoder.onnx'],
    );
    assert.ok(bytesAsked() <= decoder.sizeBytes, `${bytesAsked()} bytes were fetched`);
    assert.deepEqual(await readFile(path.join(model.path, 'decoder.onnx')), contentBytes(decoder));
  });

  for (const way of ['repair', 'download'] as const) {
    it(`fetches only the damaged pieces of a large file, by ${way}`, async () => {
      const large = generatedContent({ sizeBytes: 24 << 20, seed: 'large file' });
      hub.repo('org/variants').push({ 'ggml-huge.bin': large });
      const id = 'hf:org/variants#ggml-huge.bin';
      const model = await download(id);
      const right = contentBytes(large);
      const file = await open(model.path, 'r+');
      // One byte in one piece, and the end of the file gone.
      await file.write(Buffer.from([(right[9_000_000] ?? 0) ^ 1]), 0, 1, 9_000_000);
      await file.truncate((24 << 20) - 5);
      await file.close();
      hub.log.clear();
      if (way === 'repair') await manager.library.verify([id], { repair: true });
      else {
        await manager.library.verify([id], {});
        await download(id);
      }
      assert.ok(bytesAsked() <= 10 << 20, `${bytesAsked()} bytes were fetched`);
      assert.ok((await readFile(model.path)).equals(right));
      assert.equal((await manager.library.verify([id], {})).good.length, 1);
    });
  }

  it('calls nothing whole without the commit’s list; a repair asks for the list, and for what is missing', async () => {
    const id = 'hf:org/several';
    const model = await download(id);
    const repo = path.dirname(path.dirname(model.path));
    const state = async (): Promise<string | undefined> => {
      manager.refresh();
      return (await manager.models()).find((record) => record.model.id === id)?.state;
    };
    const losses = [
      async () => {
        await rm(path.join(repo, 'trees'), { recursive: true });
      },
      async () => {
        await rm(path.join(repo, 'trees'), { recursive: true });
        await rm(path.join(model.path, 'encoder.onnx'));
      },
      async () => {
        const blob = await realpath(path.join(model.path, 'decoder.onnx'));
        await rm(blob);
      },
    ];
    for (const lose of losses) {
      await lose();
      assert.equal(await state(), 'incomplete');
      assert.ok(!(await manager.downloadedModels()).some(({ modelId }) => modelId === id));
      const found = await manager.library.verify([id], {});
      assert.ok(found.missing.length + found.unlisted.length > 0);
      hub.log.clear();
      const mended = await manager.library.verify([id], { repair: true });
      assert.deepEqual(mended.unlisted, []);
      assert.equal(await state(), 'downloaded');
      assert.ok(bytesAsked() <= decoder.sizeBytes, `${bytesAsked()} bytes were fetched`);
      assert.equal((await manager.library.verify([id], {})).good.length, 3);
    }
    // Another tool was interrupted before it wrote a list: it is not known what is missing.
    await rm(path.join(repo, 'trees'), { recursive: true });
    await rm(path.join(model.path, 'encoder.onnx'));
    await rm(path.join(model.path, 'tokens.txt'));
    assert.equal(await state(), 'incomplete');
    await (
      await manager.download(id)
    ).finished;
    assert.equal(await state(), 'downloaded');
  });

  it('does not call half of what another tool fetched a model of its own', async () => {
    const model = await download('hf:org/sherpa');
    await rm(await realpath(path.join(model.path, 'tiny-decoder.onnx')));
    await rm(path.join(model.path, 'tiny-decoder.onnx'));
    // Under no name that a person has used here.
    const other = start(path.basename(path.dirname(manager.cachePath)));
    try {
      const states = (await other.models())
        .filter(({ state }) => state !== 'notDownloaded')
        .map((record) => [record.model.id.split('#')[0], record.state]);
      assert.deepEqual(states, [['hf:org/sherpa', 'incomplete']]);
    } finally {
      await other.shutDown();
    }
  });

  it('goes to a machine without a network in one file', async () => {
    const model = await download('encoder-only');
    const bundle = path.join(root, 'bundle.tar');
    await manager.library.exportModels(['encoder-only'], bundle, {});
    const other = start('offline');
    try {
      hub.log.clear();
      assert.equal(await other.library.isBundle(bundle), true);
      const [imported, ...others] = await other.library.importBundle(bundle, {});
      assert.deepEqual(others, []);
      assert.equal(imported?.modelId, 'encoder-only');
      assert.equal(imported.revision, model.revision);
      assert.equal(imported.verified, true);
      assert.equal(bytesAsked(), 0);
      assert.deepEqual(await readFile(imported.path), contentBytes(encoder));
    } finally {
      await other.shutDown();
    }
  });

  it('knows a model by the hub’s own spelling, however it was asked for', async () => {
    const model = await download('hf:Org/Variants#ggml-small.bin');
    assert.equal(model.repo, 'org/variants');
    assert.equal(model.modelId, 'hf:org/variants#ggml-small.bin');
    hub.log.clear();
    const again = await download('hf:ORG/variants#ggml-small.bin');
    assert.equal(again.modelId, 'hf:org/variants#ggml-small.bin');
    assert.equal(bytesAsked(), 0);
    manager.refresh();
    assert.deepEqual(
      (await manager.downloadedModels()).map(({ modelId }) => modelId),
      ['hf:org/variants#ggml-small.bin'],
    );
    const { good } = await manager.library.verify(['hf:Org/Variants#ggml-small.bin'], {});
    assert.equal(good.length, 1);
    await manager.deleteModel('hf:oRg/variants#ggml-small.bin');
    assert.deepEqual(await manager.downloadedModels(), []);
  });

  it('sees an update by the digests of the model’s own files, and moves only what changed', async () => {
    const before = await download('hf:org/several');
    hub.repo('org/several').push({ ...several, 'README.md': 'New words.' });
    hub.repo('org/several').push({ ...several, 'tokens.txt': 'hello 0\nthere 1\n' });
    const [update, ...others] = await manager.library.checkForUpdates(
      undefined,
      new AbortController().signal,
    );
    assert.ok(update);
    assert.equal(others.length, 0);
    assert.deepEqual(update.changedFiles, ['tokens.txt']);
    hub.log.clear();
    const after = await download('hf:org/several');
    assert.equal(bytesAsked(), 0, 'the large files did not change');
    assert.notEqual(after.revision, before.revision);
    assert.equal(await readFile(path.join(after.path, 'tokens.txt'), 'utf8'), 'hello 0\nthere 1\n');
    assert.deepEqual(manager.library.updates, []);
    const kinds = (await manager.library.cleanUpItems()).map(({ kind }) => kind);
    assert.ok(kinds.includes('oldRevision'), 'the previous revision stays until it is cleaned up');
  });

  it('says that nothing changed when only other files of the repository did', async () => {
    await download('hf:org/variants#ggml-small.bin');
    const variants = hub.repo('org/variants');
    variants.push({
      'ggml-small.bin': generatedContent({ sizeBytes: 200_000, seed: 'small' }),
      'ggml-large.bin': generatedContent({ sizeBytes: 400_000, seed: 'newer' }),
    });
    const found = await manager.library.checkForUpdates(undefined, new AbortController().signal);
    assert.deepEqual(found, []);
  });

  it('deletes one of two variants of a repository and leaves the other', async () => {
    await download('hf:org/variants#ggml-small.bin');
    await download('hf:org/variants#ggml-large.bin');
    assert.equal((await manager.downloadedModels()).length, 2);
    const expected = await manager.library.removalBytes(['hf:org/variants#ggml-large.bin']);
    const { reclaimedBytes } = await manager.deleteModel('hf:org/variants#ggml-large.bin');
    assert.equal(reclaimedBytes, expected);
    assert.ok(reclaimedBytes >= 400_000);
    const [left, ...others] = await manager.downloadedModels();
    assert.equal(others.length, 0);
    assert.equal(left?.modelId, 'hf:org/variants#ggml-small.bin');
    assert.equal((await stat(left.path)).size, 200_000);
  });

  it('counts what the cache takes by family, in real blocks, each blob once', async () => {
    await download('hf:org/several');
    await download('encoder-only');
    const { families, totalBytes, partialBytes } = await manager.library.diskUsage();
    const sum = families.reduce((bytes, { sizeOnDisk }) => bytes + sizeOnDisk, 0);
    assert.equal(sum, totalBytes, 'the encoder that both models have is counted once');
    assert.ok(totalBytes >= encoder.sizeBytes + decoder.sizeBytes);
    assert.equal(totalBytes % 512, 0);
    assert.equal(partialBytes, 0);
  });

  it('takes from another cache on this machine what is there, and asks for no bytes', async () => {
    await download('hf:org/several');
    const cache = manager.cachePath;
    manager.dispose();
    manager = start('adopting', [cache]);
    hub.log.clear();
    const model = await download('hf:org/several');
    assert.equal(bytesAsked(), 0);
    assert.equal(model.verified, true);
    assert.deepEqual(await readFile(path.join(model.path, 'encoder.onnx')), contentBytes(encoder));
  });

  it('gives an imported file the place and the name that the catalog knows by its digest', async () => {
    const source = path.join(root, 'anything.onnx');
    await writeFile(source, contentBytes(encoder));
    const [model] = await manager.library.import(source, {});
    assert.equal(model.modelId, 'encoder-only');
    assert.equal(model.verified, true);
    assert.equal(bytesAsked(), 0);
    assert.deepEqual(await readFile(source), contentBytes(encoder), 'the origin is left as it is');
  });

  it('refuses to import what is not a model', async () => {
    const source = path.join(root, 'page.bin');
    await writeFile(source, '<!doctype html><title>Sign in</title>');
    await assert.rejects(manager.library.import(source, {}), { code: 'unsupported' });
  });

  it('clears everything that is ours and says how much that gave back', async () => {
    await download('hf:org/several');
    const expected = await manager.library.clearBytes();
    const { reclaimedBytes } = await manager.clearCache();
    assert.ok(reclaimedBytes >= encoder.sizeBytes);
    assert.equal(reclaimedBytes, expected);
    assert.deepEqual(await manager.downloadedModels(), []);
  });

  it('lists what another tool put there as not verified, and verifies it', async () => {
    await download('hf:org/several');
    // Only when it has noted its last for other windows: it would create the folder again.
    await manager.shutDown();
    await rm(path.join(path.dirname(manager.cachePath), 'state'), { recursive: true });
    await rm(path.join(manager.cachePath, '.locks'), { recursive: true });
    manager = start(path.basename(path.dirname(manager.cachePath)));
    const found = await manager.downloadedModels();
    assert.ok(found.some(({ modelId }) => modelId === 'encoder-only'));
    assert.deepEqual(found.flatMap(({ files }) => files.map(({ path: at }) => at)).sort(), [
      'decoder.onnx',
      'encoder.onnx',
      'tokens.txt',
    ]);
    assert.ok(found.every(({ verified }) => !verified));
    await manager.library.verify('all', {});
    assert.ok((await manager.downloadedModels()).every(({ verified }) => verified));
  });

  it('moves the cache, verified, and leaves nothing behind', async () => {
    await download('hf:org/several');
    const target = path.join(root, 'moved');
    let switched = '';
    const report = await manager.library.moveTo(
      target,
      (place) => {
        switched = place;
        return Promise.resolve();
      },
      {},
    );
    assert.equal(switched, target);
    assert.ok(report.movedBytes >= encoder.sizeBytes + decoder.sizeBytes);
    manager.refresh();
    assert.deepEqual(await manager.downloadedModels(), []);
  });

  it('notices what another program takes out of the folder', async () => {
    const model = await download('hf:org/several');
    // The next window: its watch begins with the folder in place.
    manager.dispose();
    manager = start(path.basename(path.dirname(manager.cachePath)));
    assert.ok((await manager.downloadedModels()).length > 0);
    const noticed = new Promise<void>((resolve) => {
      manager.onDidChangeModels(() => {
        void manager.downloadedModels().then((left) => {
          if (left.length === 0) resolve();
        });
      });
    });
    await rm(path.resolve(model.path, '../../..'), { recursive: true });
    await noticed;
  });

  it('continues after a pause from what is there, and its figures never run backwards', async () => {
    hub.addRepo({
      name: 'org/big',
      files: { 'model.bin': generatedContent({ sizeBytes: 24_000_000, seed: 'big' }) },
    });
    hub.pace.bytesPerSecondTotal = 20_000_000;
    const running = await manager.download('hf:org/big');
    const bytes: number[] = [];
    const tenMegabytes = new Promise<void>((resolve) => {
      running.onDidChange(({ downloadedBytes }) => {
        bytes.push(downloadedBytes);
        if (downloadedBytes > 10_000_000) resolve();
      });
    });
    await tenMegabytes;
    await running.pause();
    hub.pace.bytesPerSecondTotal = 0;
    hub.log.clear();
    running.resume();
    await running.finished;
    assert.deepEqual(
      bytes,
      [...bytes].sort((a, b) => a - b),
    );
    assert.ok(bytesAsked() < 24_000_000, `${bytesAsked()} bytes were sent after the pause`);
  });

  it('deletes what an unfinished download has left, and says how much that was', async () => {
    hub.addRepo({
      name: 'org/left',
      files: { 'model.bin': generatedContent({ sizeBytes: 12_000_000, seed: 'left' }) },
    });
    hub.pace.bytesPerSecondTotal = 10_000_000;
    const running = await manager.download('hf:org/left');
    await new Promise<void>((resolve) => {
      running.onDidChange(({ downloadedBytes }) => {
        if (downloadedBytes > 6_000_000) resolve();
      });
    });
    await manager.shutDown();
    manager = start(path.basename(path.dirname(manager.cachePath)));
    const known = await manager.download('hf:org/left');
    await known.pause();
    manager.refresh();
    const record = (await manager.models()).find(({ model }) => model.id === 'hf:org/left');
    assert.equal(record?.state, 'incomplete');
    await manager.shutDown();
    const expected = await manager.library.removalBytes(['hf:org/left']);
    const { reclaimedBytes } = await manager.library.delete('hf:org/left');
    assert.ok(reclaimedBytes > 1_000_000, String(reclaimedBytes));
    assert.equal(reclaimedBytes, expected);
    const left = await readdir(path.join(manager.cachePath), { recursive: true });
    assert.deepEqual(
      left.filter((name) => name.includes('partial/')),
      [],
    );
  });

  it('accepts a file of no bytes', async () => {
    hub.addRepo({
      name: 'org/empty',
      files: { 'model.bin': bufferContent(Buffer.from('lmgg')), 'empty.txt': '' },
    });
    const model = await download('hf:org/empty');
    assert.equal(model.files.length, 2);
  });
});
