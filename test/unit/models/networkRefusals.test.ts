import assert from 'node:assert/strict';
import { AsrError } from '../../../src/common/asrError';
import type { TokenPlace } from '../../../src/common/hubEnvironment';
import { localized } from '../../../src/common/localizedMessage';
import { type DownloadedModel, ModelManager } from '../../../src/models';
import type { ErrorCode } from '../../../src/protocol/errorCode';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { generatedContent, startTestHub, type TestHub } from '../../hub';
import { FakeWorld, hubFile, hubModel } from './fakePorts';
import { type Core, startCore } from './support/coreFolder';

const weights = generatedContent({ sizeBytes: 900_000, seed: 'weights' });
const files = { 'ggml-tiny.bin': weights, 'README.md': 'Read me.' };
const token = 'hf_revoked_long_ago';

async function rejection(promise: Promise<unknown>): Promise<AsrError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof AsrError, String(error));
    return error;
  }
  assert.fail('it did not reject');
}

describe('a token that the hub refuses', () => {
  let hub: TestHub;
  let core: Core | undefined;
  let notices: AsrError[];

  beforeEach(async () => {
    notices = [];
    hub = await startTestHub({
      repos: [
        { name: 'org/public', files },
        { name: 'org/gated', files, gated: 'auto' },
        { name: 'org/private', files, private: true },
      ],
      tokens: { good: { name: 'somebody', access: ['org/private'] } },
    });
  });
  afterEach(async () => {
    await core?.close();
    core = undefined;
    await hub.close();
  });

  async function download(
    repo: string,
    place: TokenPlace,
    value = token,
  ): Promise<DownloadedModel> {
    core = await startCore({
      endpoint: hub.url,
      overrides: {
        token: () => Promise.resolve({ token: value, place }),
        onRefusedToken: (error) => notices.push(error),
      },
    });
    return await (
      await core.manager.download(`hf:${repo}`)
    ).finished;
  }

  const places: readonly (readonly [TokenPlace, RegExp])[] = [
    [{ kind: 'file', path: '/home/me/.cache/huggingface/token' }, /in the file \/home\/me\//],
    [{ kind: 'environment', variable: 'HF_TOKEN' }, /in the environment variable HF_TOKEN/],
    [{ kind: 'secretStorage' }, /does not accept the access token: it is wrong or has expired/],
  ];
  for (const [place, named] of places) {
    it(`is no obstacle to a public model, and is named (${place.kind})`, async () => {
      const model = await download('org/public', place);
      assert.equal(model.files.length, 2);
      assert.match(notices[0]?.message ?? '', named);
      assert.ok(!notices.some(({ message }) => message.includes(token)));
      const files = hub.log.filter(({ file }) => file !== undefined);
      assert.ok(files.length > 0 && files.every((request) => request.token === undefined));
    });

    it(`is what a gated model’s download ends with (${place.kind})`, async () => {
      const error = await rejection(download('org/gated', place));
      assert.equal(error.code, 'auth');
      assert.match(error.message, named);
    });

    it(`is what a private model’s download ends with (${place.kind})`, async () => {
      const error = await rejection(download('org/private', place));
      assert.equal(error.code, 'auth');
      assert.match(error.message, named);
    });
  }

  for (const status of [401, 403]) {
    it(`is no obstacle to files that are refused with ${status} because of it`, async () => {
      const fault = hub.faults.add(
        { kind: 'status', status },
        { path: /\/resolve\//, matches: (request) => request.token !== undefined },
      );
      const model = await download('org/public', { kind: 'secretStorage' }, 'good');
      assert.equal(model.files.length, 2);
      assert.ok(fault.hits <= 2, 'once for each file at most');
      assert.deepEqual(notices, []);
    });
  }

  it('that can’t be sent is no obstacle to a public model either', async () => {
    const model = await download(
      'org/public',
      { kind: 'environment', variable: 'HF_TOKEN' },
      'hf_a…b',
    );
    assert.equal(model.files.length, 2);
    assert.match(notices[0]?.message ?? '', /HF_TOKEN contains characters that no token has/);
  });

  it('is never asked about where there is none, and a good one brings what is private', async () => {
    const model = await download('org/private', { kind: 'secretStorage' }, 'good');
    assert.equal(model.files.length, 2);
    assert.deepEqual(notices, []);
  });
});

describe('a gated model without a token', () => {
  it('is asked for: a mirror may have a token of its own', async () => {
    const world = new FakeWorld();
    world.isGated = true;
    world.models = [hubModel('a')];
    world.files = [hubFile('a.bin', 100)];
    const manager = new ModelManager(world.ports);
    const download = await manager.download('a');
    const transfer = await world.transfer(0);
    for (const file of transfer.request.files) transfer.observer.verified(file);
    transfer.end({ kind: 'completed' });
    assert.equal((await download.finished).modelId, 'a');
    manager.dispose();
  });

  for (const code of ['gated', 'auth'] as const) {
    it(`is explained after a refusal (${code})`, async () => {
      const world = new FakeWorld();
      world.isGated = true;
      world.models = [hubModel('a')];
      world.files = [hubFile('a.bin', 100)];
      const manager = new ModelManager(world.ports);
      const download = await manager.download('a');
      const transfer = await world.transfer(0);
      transfer.end({ kind: 'failed', error: new AsrError(code, localized('No.')) });
      const error = await rejection(download.finished);
      assert.equal(error.code, 'gated');
      assert.match(error.message, /asks for its terms to be accepted.*then set a token/);
      assert.equal(error.details.helpUrl, 'https://hub.test/org/repo');
      manager.dispose();
    });
  }
});

describe('a model that is whole on the disk', () => {
  const codes: readonly ErrorCode[] = [
    'network',
    'proxy',
    'tls',
    'stalled',
    'rateLimited',
    'notFound',
    'auth',
    'gated',
    'unsupported',
    'unknown',
  ];
  for (const code of codes) {
    it(`stays usable when the hub answers with “${code}”, and the log says so`, async () => {
      const world = new FakeWorld();
      const lines: string[] = [];
      const warn = (line: string): void => void lines.push(line);
      world.models = [hubModel('a')];
      world.files = [hubFile('a.bin', 100)];
      world.published.set('a.bin', hubFile('a.bin', 100));
      world.hubFailure = new AsrError(code, localized('The hub says no.'));
      const manager = new ModelManager({ ...world.ports, logger: { ...world.ports.logger, warn } });
      const model = await (await manager.download('a')).finished;
      assert.equal(model.modelId, 'a');
      assert.match(lines.join('\n'), /a: the copy on the disk is whole.*The hub says no\./);
      world.published.clear();
      assert.equal((await rejection((await manager.download('a')).finished)).code, code);
      manager.dispose();
    });
  }

  it('is not, when the hub contradicts what the catalog verified', async () => {
    const world = new FakeWorld();
    world.models = [hubModel('a')];
    world.files = [hubFile('a.bin', 100)];
    world.published.set('a.bin', hubFile('a.bin', 100));
    world.hubFailure = new AsrError('integrity', localized('Another file.'));
    const manager = new ModelManager(world.ports);
    assert.equal((await rejection((await manager.download('a')).finished)).code, 'integrity');
    manager.dispose();
  });
});

describe('an update that the hub refuses to give', () => {
  it('stays on offer, and the model in use', async () => {
    const hub = await startTestHub({ repos: [{ name: 'org/public', files }] });
    const core = await startCore({ endpoint: hub.url });
    try {
      const id = 'hf:org/public';
      const before = await (await core.manager.download(id)).finished;
      hub.repo('org/public').push({
        ...files,
        'ggml-tiny.bin': generatedContent({ sizeBytes: 500_000, seed: 'newer' }),
      });
      const found = await core.manager.library.checkForUpdates(id, new AbortController().signal);
      assert.equal(found.length, 1);
      const fault = hub.faults.add({ kind: 'status', status: 403 }, { origin: 'hub' });
      const same = await (await core.manager.download(id)).finished;
      assert.equal(same.revision, before.revision);
      assert.equal(core.manager.library.updates.length, 1);
      fault.remove();
      const after = await (await core.manager.download(id)).finished;
      assert.notEqual(after.revision, before.revision);
      assert.deepEqual(core.manager.library.updates, []);
    } finally {
      await core.close();
      await hub.close();
    }
  });
});

describe('a repository without a model in it', () => {
  for (const [name, paths] of [
    ['nothing at all', []],
    ['Git’s own file', ['.gitattributes']],
    [
      'what every repository gets when it is made',
      ['.gitattributes', 'README.md', 'LICENSE', 'LICENSE.txt'],
    ],
  ] as const) {
    it(`is reported as empty: ${name}`, async () => {
      const world = new FakeWorld();
      world.models = [hubModel('a', [])];
      world.files = paths.map((path) => hubFile(path, 10));
      const manager = new ModelManager(world.ports);
      const error = await rejection((await manager.download('a')).finished);
      assert.equal(error.code, 'notFound');
      assert.match(error.message, /^org\/repo has no model in it: it is empty/);
      assert.equal(world.transfers.length, 0);
      manager.dispose();
    });
  }

  it('gives a file that was asked for by its name all the same', async () => {
    const world = new FakeWorld();
    world.models = [hubModel('a', ['README.md'])];
    world.files = [hubFile('README.md', 10)];
    const manager = new ModelManager(world.ports);
    await manager.download('a');
    assert.equal((await world.transfer(0)).request.files.length, 1);
    manager.dispose();
  });
});

describe('mirrors of the hub', () => {
  let hub: TestHub;
  let first: TestHub;
  let second: TestHub;
  let core: Core | undefined;

  beforeEach(async () => {
    const repos = [{ name: 'org/public', files }];
    [hub, first, second] = await Promise.all([
      startTestHub({ repos, tokens: { good: { name: 'somebody', access: '*' } } }),
      startTestHub({ repos }),
      startTestHub({ repos }),
    ]);
  });
  afterEach(async () => {
    await core?.close();
    core = undefined;
    await Promise.all([hub, first, second].map((each) => each.close()));
  });

  async function download(
    mirrors: readonly string[],
    repo = 'org/public',
  ): Promise<{ readonly records: readonly ModelDownloadProgress[]; readonly lines: string }> {
    const lines: string[] = [];
    const add = (line: string): void => void lines.push(line);
    const records: ModelDownloadProgress[] = [];
    core = await startCore({
      endpoint: hub.url,
      mirrors,
      overrides: {
        token: () => Promise.resolve({ token: 'good', place: { kind: 'secretStorage' } }),
        logger: { debug: add, info: add, warn: add, error: add },
      },
    });
    const subscription = core.manager.onDidChangeDownload((record) => records.push(record));
    try {
      await (
        await core.manager.download(`hf:${repo}`)
      ).finished;
    } finally {
      subscription.dispose();
    }
    return { records, lines: lines.join('\n') };
  }

  const asked = (mirror: TestHub): number => mirror.log.records.length;

  it('are asked for nothing while the hub answers', async () => {
    const { records } = await download([first.url, second.url]);
    assert.equal(asked(first) + asked(second), 0);
    assert.ok(records.every(({ fromMirror }) => fromMirror === undefined));
  });

  it('give list and bytes, without a token, when the hub can’t be reached; record and log say so', async () => {
    await hub.closeOrigin('hub');
    const { records, lines } = await download([first.url, second.url]);
    assert.ok(asked(first) > 0);
    assert.equal(asked(second), 0);
    assert.ok(first.log.records.every((request) => request.token === undefined));
    const { host } = new URL(first.url);
    const moving = records.filter(({ sourceHost }) => sourceHost !== undefined);
    assert.ok(moving.length > 0);
    assert.ok(moving.every((record) => record.sourceHost === host && record.fromMirror === true));
    assert.match(lines, new RegExp(`hub: ${new URL(hub.url).host} is of no use now`));
  });

  it('are tried in order', async () => {
    await Promise.all([hub.closeOrigin('hub'), first.closeOrigin('hub')]);
    await download([first.url, second.url]);
    assert.ok(asked(second) > 0);
  });

  for (const status of [500, 502, 503, 521]) {
    it(`take over when the hub answers ${status}`, async () => {
      hub.faults.add({ kind: 'status', status }, { origin: 'hub' });
      await download([first.url]);
      assert.ok(asked(first) > 0);
    });
  }

  it('take over when a sign-in page answers in the hub’s place', async () => {
    hub.faults.add({ kind: 'htmlPage' }, { origin: 'hub' });
    await download([first.url]);
    assert.ok(asked(first) > 0);
  });

  it('take over in the middle, and no byte that is here is asked for again', async () => {
    hub.faults.add({ kind: 'reset', afterBytes: 300_000 }, { origin: 'cdn', nth: 1 });
    hub.faults.add({ kind: 'status', status: 503 }, { origin: 'cdn' });
    await download([first.url]);
    const bytes = [hub, first].map((each) => each.log.bytesSent(({ origin }) => origin === 'cdn'));
    const [ofHub = 0, ofMirror = 0] = bytes;
    assert.ok(ofMirror > 0);
    assert.ok(ofHub + ofMirror < weights.sizeBytes + 200_000, bytes.join(' + '));
  });

  for (const repo of ['org/none', 'org/other']) {
    it(`are not asked for what the hub says is not there (${repo})`, async () => {
      first.addRepo({ name: 'org/other', files });
      assert.equal((await rejection(download([first.url], repo))).code, 'notFound');
      assert.equal(asked(first), 0);
    });
  }

  it('that have other bytes are of no use: digests decide', async () => {
    const forged = generatedContent({ sizeBytes: weights.sizeBytes, seed: 'forged' });
    first.faults.add({ kind: 'content', content: forged }, { origin: 'cdn' });
    hub.faults.add({ kind: 'status', status: 503 }, { origin: 'cdn' });
    const error = await rejection(download([first.url]));
    assert.ok(['integrity', 'network'].includes(error.code), error.code);
  });

  it('that are no address are left out, and the hub’s own error is reported when none of them answers', async () => {
    await Promise.all([hub.closeOrigin('hub'), first.closeOrigin('hub')]);
    const error = await rejection(download(['ftp://no.example', 'nonsense', first.url]));
    assert.equal(error.code, 'network');
    assert.equal(error.details.host, new URL(hub.url).host);
  });
});
