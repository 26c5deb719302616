import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAsrError } from '../../../src/common/asrError';
import type { ModelManager } from '../../../src/models';
import { startSampleHub, type SampleHub } from '../../hub/sample';
import { workerBundle } from '../download/support/workerBundle';
import { testCore } from './support/testCore';

const signal = new AbortController().signal;

/** The whole core over the sample hub, as `npm start` has it. */
describe('models: repositories that no catalog has, found at the sample hub', () => {
  let root: string;
  let sample: SampleHub;
  let manager: ModelManager;
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'asr-found-'));
    const distPath = path.join(root, 'dist');
    await mkdir(distPath);
    await copyFile(await workerBundle(), path.join(distPath, 'transferWorker.js'));
    sample = await startSampleHub({ bytesPerSecond: 0, largeBytes: 1_000_000 });
    manager = testCore({
      storagePath: path.join(root, 'storage'),
      distPath,
      hubUrl: sample.url,
      additionalCatalogs: [sample.catalogUrl],
    });
  });
  after(async () => {
    manager.dispose();
    await sample.close();
    await rm(root, { recursive: true, force: true });
  });

  const searches = (): number =>
    sample.hub.log.filter(({ url }) => url.startsWith('/api/models?')).length;

  it('is found page by page, the most downloaded first, and each page is asked for once', async () => {
    const repos: string[] = [];
    let pages = 0;
    for (let next: string | undefined; ;) {
      const page = await manager.advice.searchHub({ text: 'samples' }, next, signal);
      repos.push(...page.found.map(({ repo }) => repo));
      pages += 1;
      if (page.next === undefined) break;
      next = page.next;
    }
    assert.ok(pages > 2, 'several pages');
    assert.equal(new Set(repos).size, repos.length);
    assert.equal(repos[0], 'samples/whisper-found');
    assert.ok(repos.includes('samples/gated-whisper'));
    assert.equal(searches(), pages);
    await manager.advice.searchHub({ text: 'samples' }, undefined, signal);
    assert.equal(searches(), pages, 'remembered');
  });

  it('is found by text, language, format and age, and told apart from what needs a token', async () => {
    const reposOf = async (search: Parameters<ModelManager['advice']['searchHub']>[0]) =>
      (await manager.advice.searchHub(search, undefined, signal)).found.map(({ repo }) => repo);
    assert.deepEqual(await reposOf({ text: 'found', language: 'de' }), ['samples/whisper-found']);
    assert.deepEqual(await reposOf({ text: 'found', language: 'ja' }), []);
    assert.deepEqual(await reposOf({ text: '', format: 'whisper.cpp' }), ['samples/whisper-found']);
    assert.equal((await reposOf({ text: '', order: 'newest' }))[0], 'samples/whisper-found');
    const { found } = await manager.advice.searchHub({ text: 'gated' }, undefined, signal);
    assert.deepEqual(
      found.map(({ gated, runsHere, licence }) => ({ gated, runsHere, licence })),
      [{ gated: true, runsHere: true, licence: 'mit' }],
    );
  });

  it('is shown with its size, and downloads as any other model', async () => {
    const catalog = await manager.catalogModels();
    assert.ok(!catalog.some(({ source }) => source.repo === 'samples/whisper-found'));
    const [found] = await manager.advice.findOnHub({ text: 'whisper-found' }, { limit: 5, signal });
    assert.ok(found);
    assert.deepEqual(
      [found.format, found.licence.id, found.languages, manager.advice.runsHere(found)],
      ['ggml', 'mit', ['en', 'de'], true],
    );
    const [sized] = await manager.advice.repository(found.source.repo, signal);
    assert.equal(sized?.id, found.id);
    const downloaded = await (await manager.download(found.id)).finished;
    assert.equal(downloaded.verified, true);
    assert.equal(downloaded.sizeOnDisk, sized.sizeBytes);
    const record = (await manager.models()).find(({ model }) => model.id === found.id);
    assert.equal(record?.state, 'downloaded');
  });

  it('says that the hub can’t be reached, and finds what it has found before', async () => {
    await sample.hub.closeOrigin('hub');
    try {
      await assert.rejects(
        manager.advice.searchHub({ text: 'something else' }, undefined, signal),
        (error) => isAsrError(error) && error.code === 'network',
      );
      const { found } = await manager.advice.searchHub({ text: 'gated' }, undefined, signal);
      assert.equal(found.length, 1);
    } finally {
      await sample.hub.reopenOrigin('hub');
    }
  });
});
