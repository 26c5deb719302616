import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Catalog, createCatalog } from '../../../src/catalog';
import { createFetchTransport } from '../../../src/http';
import {
  createListLogger,
  createQuickClock,
  type ScriptedServer,
  startScriptedServer,
} from '../hub/scriptedServer';
import { sampleCatalogName, startSampleHub } from '../../hub/sample';
import { dataPath } from './catalogRows';

function catalogText(id: string, name = 'Mine'): string {
  const variant = { id, repo: 'org/name' };
  return JSON.stringify({
    name,
    families: [{ id: 'f', name: 'F', format: 'ggml', variants: [variant] }],
  });
}

describe('the catalog', () => {
  let folder: string;
  let server: ScriptedServer;
  let locations: string[];
  let clock: ReturnType<typeof createQuickClock>;
  let nowMs = Date.UTC(2026, 10, 30);
  const open: Catalog[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'asr-catalog-'));
    server = await startScriptedServer();
    locations = [];
    clock = createQuickClock(1);
  });
  afterEach(async () => {
    for (const catalog of open.splice(0)) catalog.dispose();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  function create(builtInPath = dataPath('catalog.json')): Catalog {
    const catalog = createCatalog({
      builtInPath,
      additional: () => locations,
      copiesRoot: path.join(folder, 'copies'),
      transport: createFetchTransport((url, init) => fetch(url, init)),
      userAgent: 'asr-test/1',
      clock: { ...clock, wallMs: () => nowMs },
      logger: createListLogger(),
    });
    open.push(catalog);
    return catalog;
  }

  /** Lets requests be answered until something holds. */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise(setImmediate);
  }

  function changed(catalog: Catalog): Promise<void> {
    return new Promise((resolve) => {
      const subscription = catalog.onDidChange(() => {
        subscription.dispose();
        resolve();
      });
    });
  }

  async function mine(catalog: Catalog): Promise<string[]> {
    return (await catalog.models())
      .filter((model) => model.catalog.id !== 'built-in')
      .map((model) => model.id);
  }

  it('works without any network, and asks none', async () => {
    const catalog = create();
    const models = await catalog.models();
    assert.equal(models.length, 697);
    assert.equal((await catalog.find('whisper-tiny'))?.name, 'Whisper Tiny F16');
    assert.equal(await catalog.find('nothing'), undefined);
    assert.deepEqual(catalog.problems(), []);
    assert.equal(server.requests.length, 0);
    assert.equal(await catalog.models(), models);
  });

  it('offers the safe copies of a model before the one that can run code', async () => {
    const models = await create().models();
    const original = models.findIndex((model) => model.id === 'nemo-parakeet-tdt-0.6b-v2');
    const safe = models.findLastIndex(
      (model) => model.checkpoint === 'parakeet-tdt-0.6b-v2' && !model.runsCode,
    );
    assert(safe >= 0 && safe < original);
  });

  it('takes in the sample hub’s own catalog', async () => {
    const sample = await startSampleHub({ port: 0, bytesPerSecond: 0, largeBytes: 1000 });
    try {
      locations = [sample.catalogUrl];
      const catalog = create();
      const samples = (await catalog.models()).filter(
        (model) => model.catalog.name === sampleCatalogName,
      );
      assert.deepEqual(catalog.problems(), []);
      assert(samples.length > 0);
      assert(
        samples.every(
          (model) => model.source.kind === 'hub' && model.source.endpoint === sample.url,
        ),
      );
      assert(samples.every((model) => model.sizeBytes !== undefined));
    } finally {
      await sample.close();
    }
  });

  it('finds any repository by its hf: id without reading anything', async () => {
    const catalog = create(path.join(folder, 'not-there.json'));
    const model = await catalog.find('hf:org/name@main#b,a');
    assert.equal(model?.id, 'hf:org/name#b,a');
    assert.deepEqual(model.source, { kind: 'hub', repo: 'org/name', patterns: ['b', 'a'] });
    await assert.rejects(catalog.find('hf:../../etc'), { code: 'notFound' });
  });

  it('does without the built-in catalog when its file is damaged, and says so', async () => {
    const file = path.join(folder, 'broken.json');
    await writeFile(file, '{');
    await writeFile(path.join(folder, 'mine.json'), catalogText('mine'));
    locations = [path.join(folder, 'mine.json')];
    const catalog = create(file);
    assert.deepEqual(await mine(catalog), ['mine']);
    assert.match(catalog.problems()[0]?.message ?? '', /damaged/);
  });

  it('adds catalogs from paths and file: addresses, the built-in models first', async () => {
    await writeFile(path.join(folder, 'a.json'), catalogText('a'));
    await writeFile(path.join(folder, 'b ü.json'), catalogText('b'));
    locations = [path.join(folder, 'a.json'), pathToFileURL(path.join(folder, 'b ü.json')).href];
    const catalog = create();
    const models = await catalog.models();
    assert.deepEqual(
      models.slice(-2).map((model) => model.id),
      ['a', 'b'],
    );
    assert.equal(models.at(-1)?.catalog.name, 'Mine');
  });

  it('tells of each catalog that can’t be read, and reads the others', async () => {
    await writeFile(path.join(folder, 'good.json'), catalogText('good'));
    await writeFile(path.join(folder, 'twice.json'), catalogText('whisper-tiny'));
    await writeFile(path.join(folder, 'large.json'), ' '.repeat(5_000_001));
    const names = ['missing.json', 'large.json', 'twice.json', 'good.json'];
    locations = [
      ...names.map((name) => path.join(folder, name)),
      'relative.json',
      'http://models.example/c.json',
      'ftp://x/y',
      'https://me:hush@models.example/',
      folder,
    ];
    const catalog = create();
    assert.deepEqual(await mine(catalog), ['good']);
    const messages = catalog
      .problems()
      .map(({ location, message }) => `${path.basename(location)}: ${message}`);
    assert.match(messages.join('\n'), /missing\.json: can't be read/);
    assert.match(messages.join('\n'), /large\.json: larger than 5 MB/);
    assert.match(messages.join('\n'), /twice\.json: its id is already used by the catalog/);
    assert.match(messages.join('\n'), /relative\.json: the path must be absolute/);
    assert.match(messages.join('\n'), /c\.json: a catalog comes from a path, from https/);
    assert.match(messages.join('\n'), /not a file/);
    assert.equal(messages.length, 8);
    assert(!JSON.stringify(catalog.problems()).includes('hush'));
  });

  it('fetches a catalog from this machine’s own server, redirects followed, nothing secret sent', async () => {
    server.answer = ({ path: at }) =>
      at === '/catalog.json'
        ? { status: 302, headers: { location: '/real.json' } }
        : { body: catalogText('remote') };
    locations = [`${server.origin}/catalog.json`];
    const catalog = create();
    assert.deepEqual(await mine(catalog), ['remote']);
    assert.deepEqual(
      server.requests.map((request) => request.path),
      ['/catalog.json', '/real.json'],
    );
    assert(server.requests.every((request) => request.headers.authorization === undefined));
  });

  it('uses its copy at once the next time, and tells when the network said something else', async () => {
    server.answer = () => ({ body: catalogText('old') });
    locations = [`${server.origin}/catalog.json`];
    assert.deepEqual(await mine(create()), ['old']);
    server.answer = () => ({ body: catalogText('new') });
    const catalog = create();
    const change = changed(catalog);
    assert.deepEqual(await mine(catalog), ['old']);
    await change;
    assert.deepEqual(await mine(catalog), ['new']);
  });

  it('keeps working from its copy when the network is gone, and says so', async () => {
    server.answer = () => ({ body: catalogText('kept') });
    locations = [`${server.origin}/catalog.json`];
    assert.deepEqual(await mine(create()), ['kept']);
    server.answer = () => ({ drops: true });
    const catalog = create();
    const change = changed(catalog);
    assert.deepEqual(await mine(catalog), ['kept']);
    await change;
    assert.deepEqual(await mine(catalog), ['kept']);
    assert.match(catalog.problems()[0]?.message ?? '', /its last copy is used/);
  });

  it('asks whether it has changed, and is not sent it again when it has not', async () => {
    server.answer = ({ headers }) =>
      headers['if-none-match'] === '"one"'
        ? { status: 304 }
        : { body: catalogText('kept'), headers: { etag: '"one"' } };
    locations = [`${server.origin}/catalog.json`];
    assert.deepEqual(await mine(create()), ['kept']);
    const catalog = create();
    assert.deepEqual(await mine(catalog), ['kept']);
    await until(() => server.requests.length === 2);
    assert.equal(server.requests[1]?.headers['if-none-match'], '"one"');
    assert.deepEqual(catalog.problems(), []);
    assert.ok((await catalog.copiesBytes()) > 0);
    await catalog.removeCopies();
    assert.equal(await catalog.copiesBytes(), 0);
  });

  it('is asked for again when a day has gone by, and not before', async () => {
    server.answer = () => ({ body: catalogText('monday') });
    locations = [`${server.origin}/catalog.json`];
    const catalog = create();
    assert.deepEqual(await mine(catalog), ['monday']);
    server.answer = () => ({ body: catalogText('tuesday') });
    nowMs += 23 * 3600_000;
    assert.deepEqual(await mine(catalog), ['monday']);
    assert.equal(server.requests.length, 1);
    nowMs += 2 * 3600_000;
    const change = changed(catalog);
    assert.deepEqual(await mine(catalog), ['monday'], 'nobody waits for it');
    await change;
    assert.deepEqual(await mine(catalog), ['tuesday']);
  });

  it('is taken only with the digest that the setting names, and then never asked for again', async () => {
    const text = catalogText('pinned');
    server.answer = () => ({ body: text });
    const sha256 = createHash('sha256').update(text).digest('hex');
    locations = [`${server.origin}/catalog.json#sha256=${sha256}`];
    assert.deepEqual(await mine(create()), ['pinned']);
    server.answer = () => ({ drops: true });
    const offline = create();
    assert.deepEqual(await mine(offline), ['pinned']);
    assert.deepEqual(offline.problems(), []);
    assert.equal(server.requests.length, 1);
    server.answer = () => ({ body: catalogText('other') });
    locations = [`${server.origin}/catalog.json#sha256=${'0'.repeat(64)}`];
    const wrong = create();
    assert.deepEqual(await mine(wrong), []);
    assert.match(wrong.problems()[0]?.message ?? '', /is not the one in the setting/);
  });

  it('gives way to its successor, also offline, and stays while there is none to be had', async () => {
    const moved = JSON.stringify({
      ...Object(JSON.parse(catalogText('old'))),
      successor: `${server.origin}/new.json`,
    });
    let isThere = false;
    server.answer = ({ path: at }) =>
      at === '/old.json'
        ? { body: moved }
        : isThere
          ? { body: catalogText('new') }
          : { status: 404 };
    locations = [`${server.origin}/old.json`];
    assert.deepEqual(await mine(create()), ['old']);
    isThere = true;
    const catalog = create();
    const change = changed(catalog);
    await mine(catalog);
    await change;
    assert.deepEqual(await mine(catalog), ['new']);
    server.answer = () => ({ drops: true });
    assert.deepEqual(await mine(create()), ['new'], 'from the copies');
  });

  it('never follows a successor that is not encrypted, nor one that leads in circles', async () => {
    const to = (successor: string): string =>
      JSON.stringify({ ...Object(JSON.parse(catalogText('own'))), successor });
    server.answer = () => ({ body: to('http://elsewhere.example/catalog.json') });
    locations = [`${server.origin}/catalog.json`];
    assert.deepEqual(await mine(create()), ['own']);
    assert.equal(server.requests.length, 1);
    server.answer = () => ({ body: to(`${server.origin}/catalog.json`) });
    assert.deepEqual(await mine(create()), ['own']);
    await until(() => server.requests.length >= 5);
    assert.deepEqual(server.requests.slice(6), []);
  });

  it('never keeps what is no catalog, and keeps the last good copy', async () => {
    server.answer = () => ({ body: catalogText('kept') });
    locations = [`${server.origin}/catalog.json`];
    await mine(create());
    server.answer = () => ({ body: '<html>sign in</html>' });
    const catalog = create();
    const change = changed(catalog);
    await mine(catalog);
    await change;
    assert.deepEqual(await mine(catalog), ['kept']);
    assert.match(catalog.problems()[0]?.message ?? '', /not valid JSON/);
    const [copy, ...more] = await readdir(path.join(folder, 'copies'));
    assert.match(copy ?? '', /^[0-9a-f]{64}\.json$/);
    assert.deepEqual(more, []);
  });

  it('does not hold up the list for a server that takes its time', async () => {
    server.answer = () => ({ hangs: true, body: catalogText('late') });
    locations = [`${server.origin}/catalog.json`];
    const catalog = create();
    const waiting = catalog.models();
    const nudge = setInterval(() => clock.fireLong(), 20);
    const models = await waiting;
    clearInterval(nudge);
    assert.equal(models.length, 697);
    assert.match(catalog.problems()[0]?.message ?? '', /not answered yet/);
  });

  it('bounds what a server may send', async () => {
    server.answer = () => ({ body: ' '.repeat(6_000_000) });
    locations = [`${server.origin}/catalog.json`];
    const catalog = create();
    assert.deepEqual(await mine(catalog), []);
    assert.match(catalog.problems()[0]?.message ?? '', /longer than/);
  });

  for (const [name, reply, message] of [
    ['a refusal', { status: 404 }, /status 404/],
    [
      'a redirect to an insecure address',
      { status: 302, headers: { location: 'http://elsewhere.example/' } },
      /must begin with https/,
    ],
    ['redirects in circles', { status: 302, headers: { location: '/catalog.json' } }, /in circles/],
  ] as const) {
    it(`tells of ${name}`, async () => {
      server.answer = () => reply;
      locations = [`${server.origin}/catalog.json`];
      const catalog = create();
      assert.deepEqual(await mine(catalog), []);
      assert.equal(catalog.problems().length, 1);
      assert.match(catalog.problems()[0]?.message ?? '', message);
      assert(server.requests.length <= 6);
    });
  }

  it('reads its extra catalogs again when asked to', async () => {
    const file = path.join(folder, 'a.json');
    await writeFile(file, catalogText('first'));
    const catalog = create();
    assert.deepEqual(await mine(catalog), []);
    locations = [file];
    const change = changed(catalog);
    catalog.reload();
    await change;
    assert.deepEqual(await mine(catalog), ['first']);
    await writeFile(file, catalogText('second'));
    assert.deepEqual(await mine(catalog), ['first']);
    catalog.reload();
    assert.deepEqual(await mine(catalog), ['second']);
  });
});
