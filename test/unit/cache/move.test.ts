import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { MoveOptions } from '../../../src/cache';
import { AsrError } from '../../../src/common/asrError';
import { CacheFixture, exists, install, listing, made, specOf } from './support/cacheFixture';
import { assertCleanForOthers } from './support/killPoints';

const files = [made('config.json', '{}'), made('w/model.bin', Buffer.alloc(3_000_000, 6), true)];
const spec = specOf('org/model', files);
const second = specOf('org/second', [files[0] ?? made('', '')]);

describe('moving the cache to another folder', () => {
  let cache: CacheFixture;
  let target: string;
  beforeEach(async () => {
    cache = await CacheFixture.create({ ownsRoot: true });
    await install(cache.store, spec, files);
    await install(cache.store, second, files);
    const half = await cache.store.prepare(
      specOf('org/half', [made('x.bin', Buffer.alloc(2_000_000, 3), true)]),
    );
    const partial = await fs.open(half.files[0]?.partialPath ?? '', 'w');
    await partial.write(Buffer.alloc(4_096, 3), 0, 4_096, 1_900_000);
    await partial.truncate(2_000_000);
    await partial.close();
    await fs.writeFile(
      half.files[0]?.journalPath ?? '',
      '{"version":1,"sizeBytes":2000000,"downloadedBytes":4096}',
    );
    await half.release();
    target = path.join(cache.root, 'new', 'place');
  });
  afterEach(() => cache.remove());
  const options = (overrides: Partial<MoveOptions> = {}): MoveOptions => ({
    mode: 'move',
    switchTo: () => Promise.resolve(),
    ...overrides,
  });
  const content = async (root: string): Promise<readonly string[]> =>
    (await listing(root)).filter((line) => line.startsWith('models--'));

  it('takes everything there, verified, partials included, and empties the old place', async () => {
    const before = await content(cache.hubRoot);
    let switched = false;
    const report = await cache.store.moveTo(
      target,
      options({
        switchTo: async (place) => {
          assert.equal(place, target);
          assert.deepEqual(await content(target), before);
          assert.deepEqual(await content(cache.hubRoot), before);
          switched = true;
        },
      }),
    );
    assert.ok(switched);
    assert.deepEqual(
      report.steps.map((step) => step.name),
      ['check', 'copy', 'switch', 'remove'],
    );
    assert.deepEqual(await content(target), before);
    assert.equal(await exists(cache.hubRoot), false);
    const moved = cache.open({ hubRoot: target });
    const scan = await moved.scan();
    assert.deepEqual(scan.problems, []);
    assert.ok(
      scan.repos.every((repo) =>
        repo.snapshots.every((snapshot) => snapshot.files.every((file) => file.verified)),
      ),
    );
    assert.deepEqual(
      scan.repos.flatMap((repo) => repo.partials.map((partial) => partial.downloadedBytes)),
      [4_096],
    );
    assertCleanForOthers(target);
  });

  it('works across file systems, keeping holes as holes', async function () {
    const other = [os.tmpdir(), '/dev/shm', os.homedir()].find(
      (place) => existsSync(place) && !sameDevice(place, cache.root),
    );
    assert.ok(
      other !== undefined || process.platform !== 'linux',
      'this computer has one file system only, so this can’t be shown on it',
    );
    if (other === undefined) return;
    const away = await fs.mkdtemp(path.join(other, 'asr-move-'));
    try {
      const before = await content(cache.hubRoot);
      const seen: number[] = [];
      const report = await cache.store.moveTo(
        path.join(away, 'hub'),
        options({ onProgress: ({ doneBytes }) => seen.push(doneBytes) }),
      );
      assert.deepEqual(await content(path.join(away, 'hub')), before);
      assert.ok(report.reclaimedBytes >= 3_000_000);
      assert.ok(seen.length > 3 && seen.every((bytes, index) => bytes >= (seen[index - 1] ?? 0)));
      const [half] = (await cache.open({ hubRoot: path.join(away, 'hub') }).scan()).repos;
      assert.ok((half?.sizeOnDisk ?? 0) < 1_500_000, String(half?.sizeOnDisk));
      assert.equal(await exists(cache.hubRoot), false);
    } finally {
      await fs.rm(away, { recursive: true, force: true });
    }
  });

  it('leaves the old place valid and the new one empty when cancelled or when the switch fails', async () => {
    const before = await content(cache.hubRoot);
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(cache.store.moveTo(target, options({ signal: controller.signal })));
    assert.deepEqual(await content(target), []);
    await assert.rejects(
      cache.store.moveTo(
        target,
        options({ switchTo: () => Promise.reject(new Error('no setting')) }),
      ),
      /no setting/,
    );
    assert.deepEqual(await content(target), []);
    assert.deepEqual(await content(cache.hubRoot), before);
  });

  it('moves nothing to nowhere when there is no cache yet', async () => {
    const none = cache.open({ hubRoot: path.join(cache.root, 'never made') });
    const report = await none.moveTo(target, options());
    assert.equal(report.movedBytes, 0);
  });

  it('keeps both when asked to copy', async () => {
    const before = await content(cache.hubRoot);
    await cache.store.moveTo(target, options({ mode: 'copy' }));
    assert.deepEqual(await content(cache.hubRoot), before);
    assert.deepEqual(await content(target), before);
  });

  it('fills a cache that is already there without touching what it has', async () => {
    const there = cache.open({ hubRoot: target });
    const theirs = [made('theirs.bin', 'theirs', true)];
    await install(there, specOf('py/theirs', theirs), theirs);
    await install(there, { ...spec, paths: ['config.json'] }, files);
    await cache.store.moveTo(target, options());
    const report = await cache.open({ hubRoot: target }).scan();
    assert.deepEqual(
      report.repos.map((repo) => repo.repo),
      ['org/half', 'org/model', 'org/second', 'py/theirs'],
    );
    assert.ok(
      report.repos.every((repo) =>
        repo.snapshots.every((snapshot) => snapshot.files.every((file) => file.verified)),
      ),
    );
    assertCleanForOthers(target);
  });

  it('refuses a folder inside itself, a file, and a move while something is downloaded', async () => {
    await assert.rejects(cache.store.moveTo(cache.hub('inside'), options()), /into itself/);
    await assert.rejects(cache.store.moveTo(cache.root, options()), /into itself/);
    await fs.writeFile(path.join(cache.root, 'file'), '');
    await assert.rejects(
      cache.store.moveTo(path.join(cache.root, 'file'), options()),
      (error) => error instanceof AsrError && error.code === 'diskPermission',
    );
    const prepared = await cache.store.prepare(specOf('org/running', [made('y.bin', 'y', true)]));
    await assert.rejects(cache.store.moveTo(target, options()), /org\/running is being downloaded/);
    await prepared.release();
    await cache.store.moveTo(
      target,
      options({
        switchTo: () =>
          assert.rejects(
            cache.open().prepare(specOf('org/running', [made('y.bin', 'y', true)])),
            /is being moved/,
          ),
      }),
    );
  });

  it('takes only ours out of a folder that is shared with other tools', async () => {
    const theirs = await CacheFixture.create();
    await install(theirs.store, specOf('py/theirs', files), files);
    await fs.cp(theirs.hub('models--py--theirs'), cache.hub('models--py--theirs'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    await theirs.remove();
    await cache.open({ ownsRoot: false }).moveTo(target, options());
    assert.deepEqual(
      (await cache.store.scan()).repos.map((repo) => repo.repo),
      ['py/theirs'],
    );
    assert.deepEqual(
      (await cache.open({ hubRoot: target }).scan()).repos.map((repo) => repo.repo),
      ['org/half', 'org/model', 'org/second'],
    );
  });
});

describe('the state of the cache’s folder', () => {
  it('tells ready, missing, in the way and read-only apart, each with a sentence', async () => {
    const cache = await CacheFixture.create();
    try {
      assert.equal((await cache.store.folderState()).kind, 'ready');
      await install(cache.store, spec, files);
      assert.equal((await cache.store.folderState()).kind, 'ready');
      await fs.rename(cache.hubRoot, `${cache.hubRoot} unplugged`);
      assert.equal((await cache.store.folderState()).kind, 'missing');
      await fs.writeFile(cache.hubRoot, '');
      const state = await cache.store.folderState();
      assert.equal(state.kind, 'notAFolder');
      assert.match(
        'localizedMessage' in state ? state.localizedMessage.template : '',
        /Choose another folder/,
      );
    } finally {
      await cache.remove();
    }
  });
});

function sameDevice(a: string, b: string): boolean {
  return statSync(a).dev === statSync(b).dev;
}
