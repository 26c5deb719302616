import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CatalogModel, ModelRecord } from '../../../src/models';
import { generatedContent, startTestHub, type TestHub } from '../../hub';
import { type Core, startCore } from './support/coreFolder';

const weights = generatedContent({ sizeBytes: 50_000, seed: 'weights' });
const others = generatedContent({ sizeBytes: 70_000, seed: 'others' });
const forged = 'f'.repeat(64);

describe('sizes and digests of models on offer', () => {
  let hub: TestHub;
  let core: Core;
  let commit: string;

  beforeEach(async () => {
    hub = await startTestHub({
      repos: [{ name: 'org/some', files: { 'a.bin': weights, 'b.bin': others, 'README.md': '' } }],
    });
    commit = hub.repo('org/some').headCommit;
    const file = (at: string, facts: object): object => ({ path: at, ...facts });
    const pinned = { repo: 'org/some', revision: commit };
    hub.serve(
      '/catalog.json',
      JSON.stringify({
        version: 1,
        name: 'Test',
        endpoint: hub.url,
        families: [
          {
            id: 'f',
            name: 'F',
            format: 'ggml',
            variants: [
              { id: 'unknown-size', ...pinned, files: [file('a.bin', {})] },
              { id: 'same-repo', ...pinned, files: [file('b.bin', {})] },
              {
                id: 'wrong-on-main',
                repo: 'org/some',
                files: [file('a.bin', { sizeBytes: 1, sha256: forged })],
              },
              { id: 'forged', ...pinned, files: [file('b.bin', { sha256: forged })] },
              { id: 'gone', ...pinned, files: [file('c.bin', {})] },
              {
                id: 'right',
                ...pinned,
                files: [file('a.bin', { sizeBytes: 50_000, sha256: await weights.sha256() })],
              },
            ],
          },
        ],
      }),
      'application/json',
    );
    core = await startCore({ endpoint: hub.url, catalogs: [`${hub.url}/catalog.json`] });
    await core.manager.models();
    hub.log.clear();
  });
  afterEach(async () => {
    await core.close();
    await hub.close();
  });

  const ask = (id: string): Promise<void> =>
    core.manager.advice.askHub(id, new AbortController().signal);
  const shown = async (id: string): Promise<CatalogModel> => {
    const model = (await core.manager.catalogModels()).find((each) => each.id === id);
    assert.ok(model);
    return model;
  };
  const record = async (id: string): Promise<ModelRecord> => {
    const found = (await core.manager.models()).find(({ model }) => model.id === id);
    assert.ok(found);
    return found;
  };
  const apiRequests = (): number => hub.log.filter(({ path: at }) => at.startsWith('/api/')).length;

  it('are the catalog’s before a request, and listing them sends none', async () => {
    assert.equal((await shown('wrong-on-main')).sizeBytes, 1);
    assert.equal((await shown('unknown-size')).sizeBytes, undefined);
    assert.equal((await record('unknown-size')).totalBytes, undefined);
    assert.equal(hub.log.records.length, 0);
  });

  it('are the hub’s once it was asked, in the API’s catalog and in every row', async () => {
    const changed = new Promise<void>((resolve) => {
      core.manager.onDidChangeModels(() => resolve());
    });
    await ask('unknown-size');
    await changed;
    const model = await shown('unknown-size');
    assert.equal(model.sizeBytes, 50_000);
    assert.deepEqual(
      model.files.map(({ path: at, sha256 }) => [at, sha256]),
      [['a.bin', await weights.sha256()]],
    );
    assert.equal((await record('unknown-size')).totalBytes, 50_000);
    assert.ok(core.manager.advice.isFromHub(model));
    assert.equal(core.manager.advice.isFromHub(await shown('wrong-on-main')), false);
  });

  it('replace the catalog’s where the revision moves: that is no forgery', async () => {
    await ask('wrong-on-main');
    const model = await shown('wrong-on-main');
    assert.equal(model.sizeBytes, 50_000);
    assert.equal(model.files[0]?.sha256, await weights.sha256());
  });

  it('come with one answer for every variant of a repository, which is not asked again', async () => {
    await ask('unknown-size');
    const before = apiRequests();
    assert.ok(before > 0);
    await ask('same-repo');
    assert.equal(apiRequests(), before);
    assert.equal((await shown('same-repo')).sizeBytes, 70_000);
  });

  it('are an integrity error, and stay the catalog’s, where the hub denies them at the pinned revision', async () => {
    await assert.rejects(ask('forged'), { code: 'integrity' });
    await ask('unknown-size');
    await assert.rejects(
      ask('forged'),
      { code: 'integrity' },
      'also from the answer that is there',
    );
    assert.equal((await shown('forged')).files[0]?.sha256, forged);
    assert.equal(core.manager.advice.isFromHub(await shown('forged')), false);
    const download = await core.manager.download('forged');
    await assert.rejects(download.finished, { code: 'integrity' });
    assert.equal(
      hub.log.bytesSent(({ origin }) => origin === 'cdn'),
      0,
    );
  });

  it('tell of a file that is not there any more', async () =>
    await assert.rejects(ask('gone'), { code: 'notFound' }));

  it('are learned from a download too, without a question of their own', async () => {
    await (
      await core.manager.download('right')
    ).finished;
    const before = apiRequests();
    assert.equal((await shown('same-repo')).sizeBytes, 70_000);
    assert.equal(apiRequests(), before);
  });

  it('stay as they are without a network, which the caller is informed of', async () => {
    await hub.closeOrigin('hub');
    await assert.rejects(ask('unknown-size'), { code: 'network' });
    assert.equal((await shown('right')).sizeBytes, 50_000);
    assert.equal((await shown('unknown-size')).sizeBytes, undefined);
  });

  it('stay the hub’s when the network goes after it answered', async () => {
    await ask('unknown-size');
    await hub.closeOrigin('hub');
    await ask('unknown-size');
    assert.equal((await shown('unknown-size')).sizeBytes, 50_000);
  });

  it('follow an update check, and a forged revision is no update but an error', async () => {
    await (
      await core.manager.download('wrong-on-main')
    ).finished;
    hub.repo('org/some').push({ 'a.bin': others, 'b.bin': others });
    const signal = new AbortController().signal;
    const [update] = await core.manager.library.checkForUpdates(undefined, signal);
    assert.equal(update?.modelId, 'wrong-on-main');
    assert.equal((await shown('wrong-on-main')).sizeBytes, 70_000);
  });

  it('make an update check fail where the pinned revision is denied, and keep what it found', async () => {
    await (
      await core.manager.download('right')
    ).finished;
    await (
      await core.manager.download('wrong-on-main')
    ).finished;
    hub.repo('org/some').push({ 'a.bin': others });
    // The catalog comes with another digest for the same commit, as a catalog that was tampered with would.
    hub.serve(
      '/catalog.json',
      JSON.stringify({
        version: 1,
        name: 'Test',
        endpoint: hub.url,
        families: [
          {
            id: 'f',
            name: 'F',
            format: 'ggml',
            variants: [
              { id: 'wrong-on-main', repo: 'org/some', files: [{ path: 'a.bin' }] },
              {
                id: 'right',
                repo: 'org/some',
                revision: commit,
                files: [{ path: 'a.bin', sizeBytes: 50_000, sha256: forged }],
              },
            ],
          },
        ],
      }),
      'application/json',
    );
    const reread = new Promise<void>((resolve) => {
      core.manager.onDidChangeModels(() => {
        void core.manager.catalogModels().then((models) => {
          if (models.some(({ files }) => files[0]?.sha256 === forged && models.length === 2))
            resolve();
        });
      });
    });
    core.manager.reloadCatalogs();
    await core.manager.catalogModels();
    await reread;
    const signal = new AbortController().signal;
    await assert.rejects(core.manager.library.checkForUpdates(undefined, signal), {
      code: 'integrity',
    });
    assert.deepEqual(
      core.manager.library.updates.map(({ modelId }) => modelId),
      ['wrong-on-main'],
    );
  });

  it('repair a model at the revision that is here although a newer answer is known', async () => {
    const model = await (await core.manager.download('wrong-on-main')).finished;
    hub.repo('org/some').push({ 'a.bin': others });
    await core.manager.library.checkForUpdates(undefined, new AbortController().signal);
    const [file] = model.files;
    assert.ok(file);
    await writeFile(model.path, Buffer.alloc(file.size, 1));
    const report = await core.manager.library.verify(['wrong-on-main'], { repair: true });
    assert.deepEqual(
      report.repaired.map(({ path: at }) => path.basename(at)),
      ['a.bin'],
    );
  });
});
