import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseTree } from '../../../src/cache/treeFile';
import { AsrError } from '../../../src/common/asrError';
import { CacheFixture, exists, install, listing, made, specOf } from './support/cacheFixture';

const files = [
  made('config.json', '{"model_type":"whisper"}'),
  made('w/model.bin', Buffer.alloc(70_000, 7), true),
];
const spec = specOf('org/tiny', files);

describe('publishing a model into the cache', () => {
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create();
  });
  afterEach(() => cache.remove());
  const modelEntry = (): string =>
    cache.hub('models--org--tiny/snapshots', spec.commit, 'w/model.bin');

  it('writes the layout of a Hub cache: tree, blobs, relative links, a ref without a newline', async () => {
    await install(cache.store, spec, files);
    const repo = cache.hub('models--org--tiny');
    const [config, model] = spec.tree;
    assert.ok(config && model);
    assert.equal(
      await fs.readlink(path.join(repo, 'snapshots', spec.commit, 'w/model.bin')),
      `../../../blobs/${model.digest.hex}`,
    );
    assert.equal(
      await fs.readlink(path.join(repo, 'snapshots', spec.commit, 'config.json')),
      `../../blobs/${config.digest.hex}`,
    );
    assert.equal(await fs.readFile(path.join(repo, 'refs/main'), 'utf8'), spec.commit);
    const tree = await fs.readFile(path.join(repo, 'trees', `${spec.commit}.json`), 'utf8');
    assert.deepEqual(parseTree(tree), spec.tree);
    assert.match(
      await fs.readFile(cache.hub('CACHEDIR.TAG'), 'utf8'),
      /^Signature: 8a477f597d28d172789f06886806bc55/,
    );
    assert.deepEqual(await fs.readdir(path.join(repo, 'partial')), []);
    assert.deepEqual((await fs.readdir(cache.hubRoot)).sort(), [
      '.locks',
      'CACHEDIR.TAG',
      'models--org--tiny',
    ]);
  });

  it('keeps the tree file before any blob, and the ref after all of them', async () => {
    const prepared = await cache.store.prepare(spec);
    const repo = cache.hub('models--org--tiny');
    assert.ok(await exists(path.join(repo, 'trees', `${spec.commit}.json`)));
    assert.deepEqual(await fs.readdir(path.join(repo, 'blobs')), []);
    await assert.rejects(prepared.complete(), hasCode('integrity'));
    assert.equal(await exists(path.join(repo, 'refs/main')), false);
    await prepared.release();
  });

  it('refuses a partial of the wrong size and publishes nothing of it', async () => {
    const prepared = await cache.store.prepare(spec);
    const model = prepared.files[1];
    assert.ok(model);
    await fs.writeFile(model.partialPath, Buffer.alloc(69_999, 7));
    await assert.rejects(prepared.publish('w/model.bin'), hasCode('integrity'));
    await assert.rejects(prepared.publish('config.json'), hasCode('integrity'));
    assert.deepEqual(await fs.readdir(cache.hub('models--org--tiny/blobs')), []);
    await prepared.release();
  });

  it('finds what is there on a second preparation, without hashing what it hashed itself', async () => {
    await install(cache.store, spec, files);
    const steps: string[] = [];
    const again = await cache.open().prepare(spec, {
      onProgress: (progress) => steps.push(progress.step),
    });
    assert.deepEqual(
      again.files.map((file) => file.state),
      ['present', 'present'],
    );
    assert.deepEqual(steps, []);
    await again.release();
  });

  it('hashes a blob that another program put there, and believes only the right bytes', async () => {
    const [, model] = spec.tree;
    assert.ok(model);
    for (const [content, state] of [
      [files[1]?.content, 'present'],
      [Buffer.alloc(70_000, 8), 'missing'],
    ] as const) {
      const other = await CacheFixture.create();
      try {
        await fs.mkdir(other.hub('models--org--tiny/blobs'), { recursive: true });
        await fs.writeFile(other.hub('models--org--tiny/blobs', model.digest.hex), content ?? '');
        const prepared = await other.store.prepare(spec);
        assert.equal(prepared.files[1]?.state, state);
        await prepared.release();
      } finally {
        await other.remove();
      }
    }
  });

  it('replaces a damaged blob in one step, keeping it until the new one is verified', async () => {
    await install(cache.store, spec, files);
    const bytes = await fs.realpath(modelEntry());
    await fs.writeFile(bytes, Buffer.alloc(70_000, 9));
    const prepared = await cache.store.prepare(spec);
    assert.deepEqual(
      prepared.files.map((file) => file.state),
      ['present', 'missing'],
    );
    assert.equal((await fs.readFile(bytes))[0], 9);
    await fs.writeFile(prepared.files[1]?.partialPath ?? '', files[1]?.content ?? '');
    await prepared.publish('w/model.bin');
    await prepared.complete();
    await prepared.release();
    assert.equal((await fs.readFile(bytes))[0], 7);
  });

  it('replaces a damaged blob of a time when links could be made', async () => {
    await install(cache.store, spec, files);
    const [, model] = spec.tree;
    assert.ok(model);
    const blob = cache.hub('models--org--tiny/blobs', model.digest.hex);
    await fs.writeFile(blob, Buffer.alloc(70_000, 9));
    const later = cache.open({ ports: { canSymlink: false } });
    await install(later, spec, files);
    for (const place of [blob, modelEntry()]) assert.equal((await fs.readFile(place))[0], 7);
    const again = await later.prepare(spec);
    assert.ok(again.files.every(({ state }) => state === 'present'));
    await again.release();
  });

  it('never writes through a blob that leads into a store that other repositories share', async () => {
    await install(cache.store, spec, files);
    const [, model] = spec.tree;
    assert.ok(model);
    const shared = cache.hub('blobs/ab/payload');
    await fs.mkdir(path.dirname(shared), { recursive: true });
    await fs.writeFile(shared, Buffer.alloc(70_000, 5));
    const blob = cache.hub('models--org--tiny/blobs', model.digest.hex);
    await fs.rm(blob, { force: true });
    await fs.symlink('../../blobs/ab/payload', blob);
    const prepared = await cache.store.prepare(spec);
    assert.equal(prepared.files[1]?.state, 'missing');
    await fs.writeFile(prepared.files[1].partialPath, files[1]?.content ?? '');
    await prepared.publish('w/model.bin');
    await prepared.release();
    assert.equal((await fs.readFile(shared))[0], 5);
    assert.equal((await fs.lstat(blob)).isFile(), true);
  });

  it('takes a file that another process published meanwhile as success', async () => {
    const prepared = await cache.store.prepare(spec);
    const [, model] = spec.tree;
    assert.ok(model);
    await fs.writeFile(
      cache.hub('models--org--tiny/blobs', model.digest.hex),
      files[1]?.content ?? '',
    );
    await prepared.publish('w/model.bin');
    assert.equal(prepared.files[1]?.state, 'present');
    await prepared.release();
  });

  it('publishes two paths with the same bytes from one partial', async () => {
    const twins = [made('a.bin', 'same bytes', true), made('b/c.bin', 'same bytes', true)];
    await install(cache.store, specOf('org/twins', twins), twins);
    const report = await cache.store.scan();
    assert.deepEqual(
      report.repos[0]?.snapshots[0]?.files.map((file) => [file.path, file.verified]),
      [
        ['a.bin', true],
        ['b/c.bin', true],
      ],
    );
  });

  it('replaces a file list that is unreadable or says otherwise than the hub', async () => {
    const list = cache.hub('models--org--tiny/trees', `${spec.commit}.json`);
    for (const text of ['{"format_version":1,', '{"format_version":1,"files":{}}', '']) {
      await fs.mkdir(path.dirname(list), { recursive: true });
      await fs.writeFile(list, text);
      const prepared = await cache.store.prepare(spec);
      await prepared.release();
      assert.deepEqual(parseTree(await fs.readFile(list, 'utf8')), spec.tree);
    }
  });

  it('makes an empty file itself, links or not', async () => {
    const empty = [made('__init__.py', ''), made('empty.bin', '', true)];
    for (const canSymlink of [true, false]) {
      const other = await CacheFixture.create({ ports: { canSymlink } });
      try {
        const prepared = await other.store.prepare(specOf('org/empty', empty));
        assert.deepEqual(
          prepared.files.map((file) => file.state),
          ['present', 'present'],
        );
        await prepared.complete();
        await prepared.release();
        const files = (await other.store.scan()).repos[0]?.snapshots[0]?.files;
        assert.deepEqual(
          files?.map((file) => [file.sizeBytes, file.verified]),
          [
            [0, true],
            [0, true],
          ],
        );
      } finally {
        await other.remove();
      }
    }
  });

  it('gives a commit no ref', async () => {
    await install(cache.store, { ...spec, revision: spec.commit }, files);
    assert.deepEqual(await fs.readdir(cache.hub('models--org--tiny/refs')), []);
  });

  it('leaves nothing of a cancelled download, and keeps a finished one next to it', async () => {
    const prepared = await cache.store.prepare(spec);
    await fs.writeFile(prepared.files[1]?.partialPath ?? '', 'half');
    await fs.writeFile(prepared.files[1]?.journalPath ?? '', '{}');
    await prepared.discardPartials();
    await prepared.release();
    assert.equal(await exists(cache.hub('models--org--tiny')), false);

    await install(cache.store, { ...spec, paths: ['config.json'] }, files);
    const before = await listing(cache.hubRoot);
    const second = await cache.store.prepare(spec);
    await fs.writeFile(second.files[1]?.partialPath ?? '', 'half');
    await second.discardPartials();
    assert.deepEqual(await listing(cache.hubRoot), before);
  });

  it('lets one window download a file, and tells the other one so', async () => {
    const first = await cache.store.prepare(spec);
    await assert.rejects(cache.open().prepare(spec), /is being downloaded in another window/);
    await first.release();
    const second = await cache.open().prepare(spec);
    await second.release();
  });
});

describe('a disk that refuses', () => {
  const refusals = [
    ['ENOSPC', 'diskSpace', /is full/],
    ['EDQUOT', 'diskSpace', /is full/],
    ['EACCES', 'diskPermission', /No permission/],
    ['EROFS', 'diskPermission', /No permission/],
    ['EIO', 'unknown', /reported EIO/],
  ] as const;
  for (const [index, [errno, code, pattern]] of refusals.entries()) {
    it(`${errno} is a sentence wherever it happens, and the next try succeeds`, async () => {
      const counter = await CacheFixture.create();
      let total = 0;
      await install(counter.open({ ports: { step: () => total++ } }), spec, files);
      await counter.remove();
      for (let at = 1 + index; at <= total; at += refusals.length) {
        const cache = await CacheFixture.create();
        try {
          let step = 0;
          const refusing = (): void => {
            step++;
            if (step === at) throw Object.assign(new Error(`${errno}: refused`), { code: errno });
          };
          await install(cache.open({ ports: { step: refusing } }), spec, files).catch(
            (error: unknown) => {
              assert.ok(error instanceof AsrError, `step ${String(at)}: ${String(error)}`);
              assert.equal(error.code, code, `step ${String(at)}`);
              assert.match(error.message, pattern);
            },
          );
          await install(cache.open({ ports: { isAlive: () => false } }), spec, files);
          assert.ok(
            (await cache.store.scan()).repos[0]?.snapshots[0]?.files.every((file) => file.verified),
          );
        } finally {
          await cache.remove();
        }
      }
    });
  }

  it('says that a file is in the way of the folder', async () => {
    const cache = await CacheFixture.create();
    try {
      await fs.writeFile(path.join(cache.root, 'file'), '');
      const store = cache.open({ hubRoot: path.join(cache.root, 'file', 'hub') });
      await assert.rejects(store.prepare(spec), hasCode('diskPermission'));
    } finally {
      await cache.remove();
    }
  });
});

describe('publishing where links can’t be made', () => {
  it('stores each file once, at its path, and finds it again', async () => {
    const cache = await CacheFixture.create({ ports: { canSymlink: false } });
    try {
      await install(cache.store, spec, files);
      const repo = cache.hub('models--org--tiny');
      assert.deepEqual(await fs.readdir(path.join(repo, 'blobs')), []);
      const place = path.join(repo, 'snapshots', spec.commit, 'w/model.bin');
      assert.equal((await fs.lstat(place)).isFile(), true);
      const again = await cache.open({ ports: { canSymlink: false } }).prepare(spec);
      assert.deepEqual(
        again.files.map((file) => file.state),
        ['present', 'present'],
      );
      await again.release();
      const [snapshot] = (await cache.store.scan()).repos[0]?.snapshots ?? [];
      assert.ok(snapshot?.files.every((file) => file.verified && file.digest !== undefined));
    } finally {
      await cache.remove();
    }
  });
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AsrError && error.code === code;
}
