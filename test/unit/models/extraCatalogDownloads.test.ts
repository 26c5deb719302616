import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DownloadedModel } from '../../../src/models';
import { contentBytes, generatedContent, startTestHub, type TestHub } from '../../hub';
import { type Core, startCore } from './support/coreFolder';

const weights = generatedContent({ sizeBytes: 300_000, seed: 'weights' });
const tokens = Buffer.from('hello 0\n');

describe('models of extra catalogs', () => {
  /** The configured hub, another one, and one more that has the same repository. */
  let hub: TestHub;
  let elsewhere: TestHub;
  let mirror: TestHub;
  let core: Core | undefined;

  beforeEach(async () => {
    [hub, elsewhere, mirror] = await Promise.all([
      startTestHub(),
      startTestHub({ repos: [{ name: 'org/there', files: { 'a.bin': weights } }] }),
      startTestHub({ repos: [{ name: 'org/there', files: { 'a.bin': weights } }] }),
    ]);
  });
  afterEach(async () => {
    await core?.close();
    core = undefined;
    await Promise.all([hub, elsewhere, mirror].map((each) => each.close()));
  });

  /** Downloads the one variant of a catalog. */
  async function download(variant: object): Promise<DownloadedModel> {
    const catalog = hub.serve(
      '/catalog.json',
      JSON.stringify({
        name: 'Mine',
        families: [{ id: 'f', name: 'F', format: 'ggml', variants: [{ id: 'mine', ...variant }] }],
      }),
      'application/json',
    );
    core = await startCore({ endpoint: hub.url, catalogs: [catalog] });
    assert.deepEqual(
      (await core.manager.catalogModels()).map(({ id }) => id),
      ['mine'],
    );
    return await (
      await core.manager.download('mine')
    ).finished;
  }

  async function plainFile(at: string, urls: readonly string[]): Promise<object> {
    const [url, ...mirrors] = urls;
    const sha256 = await weights.sha256();
    return { path: at, url, mirrors, sizeBytes: weights.sizeBytes, sha256 };
  }

  it('come from the endpoint that the entry names, not from the configured one', async () => {
    const model = await download({ repo: 'org/there', endpoint: elsewhere.url });
    assert.deepEqual(await readFile(path.join(model.path)), contentBytes(weights));
    assert.equal(hub.log.filter(({ path: at }) => at !== '/catalog.json').length, 0);
    assert.ok(elsewhere.log.bytesSent() >= weights.sizeBytes);
  });

  it('come from a mirror where the entry’s endpoint gives no bytes', async () => {
    await elsewhere.closeOrigin('cdn');
    const model = await download({
      repo: 'org/there',
      endpoint: elsewhere.url,
      mirrors: [mirror.url],
    });
    assert.deepEqual(await readFile(model.path), contentBytes(weights));
    assert.ok(mirror.log.bytesSent(({ origin }) => origin === 'cdn') >= weights.sizeBytes);
    assert.equal(model.verified, true);
  });

  it('come as plain files, each held to its sha256', async () => {
    const url = elsewhere.serve('/files/a.bin', weights);
    const small = elsewhere.serve('/files/tokens.txt', tokens);
    const model = await download({
      files: [
        await plainFile('a.bin', [url]),
        {
          path: 'sub/tokens.txt',
          url: small,
          sizeBytes: tokens.length,
          sha256: createHash('sha256').update(tokens).digest('hex'),
        },
      ],
    });
    assert.deepEqual(await readFile(path.join(model.path, 'a.bin')), contentBytes(weights));
    assert.deepEqual(await readFile(path.join(model.path, 'sub', 'tokens.txt')), tokens);
    assert.equal(model.verified, true);
    assert.match(model.revision, /^[0-9a-f]{40}$/);
  });

  it('come as a plain file from its second address where the first has none', async () => {
    const second = elsewhere.serve('/there.bin', weights);
    const file = await plainFile('a.bin', [`${mirror.url}/not-there.bin`, second]);
    const model = await download({ files: [file] });
    assert.deepEqual(await readFile(model.path), contentBytes(weights));
  });

  it('are refused when a plain file is not what the catalog says', async () => {
    const other = generatedContent({ sizeBytes: weights.sizeBytes, seed: 'other' });
    const url = elsewhere.serve('/a.bin', other);
    await assert.rejects(download({ files: [await plainFile('a.bin', [url])] }), {
      code: 'integrity',
    });
    assert.deepEqual(await core?.manager.downloadedModels(), []);
  });

  it('come below one address, and from its mirror', async () => {
    mirror.serve('/m/a.bin', weights);
    const file = { path: 'a.bin', sizeBytes: weights.sizeBytes, sha256: await weights.sha256() };
    const model = await download({
      baseUrl: `${elsewhere.url}/gone`,
      baseMirrors: [`${mirror.url}/m/`],
      files: [file],
    });
    assert.deepEqual(await readFile(model.path), contentBytes(weights));
  });
});

describe('any repository by its id or address', () => {
  it('is recognised from its file list, downloaded, and known by its format', async () => {
    const hub = await startTestHub({
      repos: [
        {
          name: 'org/mixed',
          files: {
            'ggml-small.bin': weights,
            'encoder.int8.onnx': weights,
            'decoder.int8.onnx': weights,
            'joiner.int8.onnx': weights,
            'tokens.txt': 'a 0\n',
            'README.md': '# Mixed',
          },
          licence: 'apache-2.0',
        },
      ],
    });
    const file = path.join(process.cwd(), 'no-such-catalog.json');
    const core = await startCore({ endpoint: hub.url, catalogs: [file] });
    try {
      const { signal } = new AbortController();
      for (const text of ['org/mixed', `${hub.url}/org/mixed`, `${hub.url}/org/mixed/tree/main`]) {
        const found = await core.manager.advice.repository(text, signal);
        assert.deepEqual(
          new Set(found.map(({ format }) => format)),
          new Set(['ggml', 'onnx-sherpa']),
          text,
        );
        assert.ok(found.every(({ licence }) => licence.id === 'apache-2.0'));
      }
      const [first] = await core.manager.advice.repository('org/mixed', signal);
      const model = await (await core.manager.download(first?.id ?? '')).finished;
      assert.equal(model.verified, true);
      const records = await core.manager.models();
      const here = records.find(({ model: { id } }) => id === first?.id);
      assert.equal(here?.model.format, first?.format);
    } finally {
      await core.close();
      await hub.close();
    }
  });
});

describe('the catalogs without a network', () => {
  it('offer every built-in model and the last copy of an extra one, and a model that is here is whole', async () => {
    const hub = await startTestHub({ repos: [{ name: 'org/there', files: { 'a.bin': weights } }] });
    const families = [
      { id: 'f', name: 'F', format: 'ggml', variants: [{ id: 'mine', repo: 'org/there' }] },
    ];
    const catalog = hub.serve(
      '/catalog.json',
      JSON.stringify({ name: 'Mine', endpoint: hub.url, families }),
      'application/json',
    );
    const core = await startCore({ endpoint: hub.url, catalogs: [catalog], withBuiltIn: true });
    try {
      assert.equal((await core.manager.catalogModels()).length, 698);
      await (
        await core.manager.download('mine')
      ).finished;
      await Promise.all([hub.closeOrigin('hub'), hub.closeOrigin('cdn')]);
      core.manager.reloadCatalogs();
      assert.equal((await core.manager.catalogModels()).length, 698);
      assert.ok(await core.manager.advice.firstChoice('de'));
      const model = await (await core.manager.download('mine')).finished;
      assert.equal(model.verified, true);
      assert.deepEqual(await readFile(model.path), contentBytes(weights));
    } finally {
      await core.close();
      await hub.close();
    }
  });
});
