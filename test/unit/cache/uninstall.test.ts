import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { ModelStore } from '../../../src/cache';
import { CacheFixture, exists, install, listing, made, specOf } from './support/cacheFixture';
import { assertCleanForOthers } from './support/killPoints';

const model = made('ggml-tiny.bin', Buffer.alloc(100_000, 1), true);
const other = made('ggml-base.bin', Buffer.alloc(200_000, 2), true);
const theirs = made('m.bin', Buffer.alloc(30_000, 3), true);

describe('removing everything that was ever kept', () => {
  let cache: CacheFixture;
  /** A folder that a person shares with other tools. */
  let shared: ModelStore;
  const sharedRoot = (): string => path.join(cache.root, 'other disk', 'models');
  const folders = async (): Promise<readonly (readonly [string, number, boolean])[]> =>
    (await cache.store.uninstallPlan()).folders.map(({ path: place, bytes, isThere }) => [
      path.relative(cache.root, place),
      Math.floor(bytes / 100_000),
      isThere,
    ]);

  beforeEach(async () => {
    cache = await CacheFixture.create({ ownsRoot: true });
    await install(cache.store, specOf('org/own', [model]), [model]);
    const python = await CacheFixture.create();
    await install(python.store, specOf('py/theirs', [theirs]), [theirs]);
    // Python's tools don't write down what they have put there.
    await fs.rm(python.hub('.locks'), { recursive: true });
    await fs.mkdir(path.dirname(sharedRoot()));
    await fs.cp(python.hubRoot, sharedRoot(), { recursive: true, verbatimSymlinks: true });
    await python.remove();
    shared = cache.open({ hubRoot: sharedRoot(), ownsRoot: false });
    await install(shared, specOf('org/shared', [other]), [other]);
    const half = await shared.prepare(specOf('org/half', [model]));
    await fs.writeFile(half.files[0]?.partialPath ?? '', Buffer.alloc(60_000, 1));
    await half.release();
  });
  afterEach(() => cache.remove());

  it('says beforehand which folders there are and what comes free, and frees that in all of them', async () => {
    assert.deepEqual(await folders(), [
      ['hub', 1, true],
      [path.join('other disk', 'models'), 2, true],
    ]);
    const { bytes } = await cache.store.uninstallPlan();
    const before = [(await cache.store.scan()).sizeOnDisk, (await shared.scan()).sizeOnDisk].reduce(
      (sum, size) => sum + size,
    );
    const strangers = await listing(path.join(sharedRoot(), 'models--py--theirs'));

    const { reclaimedBytes, left } = await cache.store.uninstall();
    assert.deepEqual(left, []);
    assert.ok(Math.abs(reclaimedBytes - bytes) < 50_000, `${String(bytes)} were said`);
    const after = (await shared.scan()).sizeOnDisk;
    assert.ok(before - after >= 360_000 && before - after <= reclaimedBytes);
    assert.equal(await exists(cache.hubRoot), false);
    assert.equal(await exists(cache.stateRoot), false);
    assert.deepEqual(
      (await shared.scan()).repos.map(({ repo }) => repo),
      ['py/theirs'],
    );
    assert.deepEqual(await listing(path.join(sharedRoot(), 'models--py--theirs')), strangers);
    assertCleanForOthers(sharedRoot());
    // The folder in use is listed although no ledger names it, with nothing of ours in it.
    const { folders: rest } = await shared.uninstallPlan();
    assert.deepEqual(
      rest.map((folder) => folder.bytes),
      [0],
    );
  });

  it('leaves a person’s own files in the folder, and nothing of ours beside them', async () => {
    await fs.rm(path.join(sharedRoot(), 'models--py--theirs'), { recursive: true });
    await fs.writeFile(path.join(sharedRoot(), 'letter.txt'), 'mine');
    await cache.store.uninstall();
    assert.deepEqual(await fs.readdir(sharedRoot()), ['letter.txt']);
  });

  it('can be started from any of the folders, and knows its own storage from a shared one', async () => {
    await fs.writeFile(cache.hub('models--org--own/blobs', 'c'.repeat(64)), Buffer.alloc(5_000, 1));
    await shared.uninstall();
    assert.equal(await exists(cache.hubRoot), false, 'all of it was ours, known or not');
    assert.equal(await exists(path.join(sharedRoot(), 'models--py--theirs')), true);
    assert.equal(await exists(path.join(sharedRoot(), 'models--org--shared')), false);
  });

  it('starts over afterwards', async () => {
    await cache.store.uninstall();
    await install(cache.store, specOf('org/own', [model]), [model]);
    const [repo] = (await cache.store.scan()).repos;
    assert.equal(repo?.snapshots[0]?.files[0]?.verified, true);
    assert.deepEqual(await folders(), [['hub', 1, true]]);
  });

  it('keeps a folder on a disk that is not connected in mind, and says so', async () => {
    await fs.rename(path.dirname(sharedRoot()), path.join(cache.root, 'unplugged'));
    assert.deepEqual(await folders(), [
      ['hub', 1, true],
      [path.join('other disk', 'models'), 0, false],
    ]);
    const { left } = await cache.store.uninstall();
    assert.deepEqual(
      left.map((one) => one.path),
      [sharedRoot()],
    );
    assert.match(left[0]?.localizedMessage.template ?? '', /not there.*connect it/);
    await fs.rename(path.join(cache.root, 'unplugged'), path.dirname(sharedRoot()));
    assert.deepEqual(await cache.store.uninstall().then((again) => again.left), []);
    assert.equal(await exists(path.join(sharedRoot(), 'models--org--shared')), false);
    assert.equal(await exists(cache.stateRoot), false);
  });

  it('takes the empty place of a disk that is not mounted for what it is', async () => {
    await fs.rename(sharedRoot(), path.join(cache.root, 'unmounted'));
    await fs.mkdir(sharedRoot());
    assert.equal((await shared.folderState()).kind, 'missing');
    assert.equal((await cache.store.uninstall()).left.length, 1);
    assert.equal(await exists(sharedRoot()), true);
  });

  it('forgets a folder that was deleted by hand', async () => {
    await fs.writeFile(path.join(cache.root, 'other disk', 'letter.txt'), '');
    await fs.rm(sharedRoot(), { recursive: true });
    assert.deepEqual((await cache.store.uninstall()).left, []);
    assert.equal(await exists(cache.stateRoot), false);
  });

  it('forgets the old place of a cache that was moved', async () => {
    const target = path.join(cache.root, 'new');
    await cache.store.moveTo(target, { mode: 'move', switchTo: () => Promise.resolve() });
    const moved = cache.open({ hubRoot: target });
    assert.deepEqual(
      (await moved.uninstallPlan()).folders.map((folder) => folder.path),
      [sharedRoot(), target],
    );
  });

  it('counts a copy that shares its blocks with the original once', async () => {
    const target = path.join(cache.root, 'new');
    await cache.store.moveTo(target, { mode: 'copy', switchTo: () => Promise.resolve() });
    const before = await cache.store.uninstallPlan();
    const { reclaimedBytes } = await cache.store.uninstall();
    assert.ok(Math.abs(reclaimedBytes - before.bytes) < 50_000, String(before.bytes));
    assert.ok(reclaimedBytes >= 360_000 && reclaimedBytes < 560_000, String(reclaimedBytes));
  });

  it('removes nothing while something is downloaded, and lets nothing start meanwhile', async () => {
    const running = await shared.prepare(specOf('org/running', [made('y.bin', 'y', true)]));
    const before = await listing(cache.hubRoot);
    await assert.rejects(cache.store.uninstall(), /org\/running is being downloaded/);
    assert.deepEqual(await listing(cache.hubRoot), before);
    await running.discardPartials();

    let meanwhile: Promise<unknown> | undefined;
    const removing = cache.open({
      ownsRoot: true,
      ports: {
        step: (operation) => {
          if (operation !== 'unlink') return;
          meanwhile ??= assert.rejects(
            shared.prepare(specOf('org/late', [model])),
            /are being removed/,
          );
        },
      },
    });
    await removing.uninstall();
    assert.ok(meanwhile);
    await meanwhile;
  });

  it('removes the other folders when one refuses, and says why', async () => {
    const refusing = cache.open({
      ownsRoot: true,
      ports: {
        step: (_operation, place) => {
          if (place.startsWith(cache.hubRoot)) {
            throw Object.assign(new Error('EROFS: read-only'), { code: 'EROFS', path: place });
          }
        },
      },
    });
    const { left } = await refusing.uninstall();
    assert.deepEqual(
      left.map((one) => one.path),
      [cache.hubRoot],
    );
    assert.match(left[0]?.localizedMessage.template ?? '', /No permission/);
    assert.equal(await exists(path.join(sharedRoot(), 'models--org--shared')), false);
    assert.equal((await cache.store.scan()).repos.length, 1);
    assert.deepEqual((await cache.store.uninstall()).left, []);
  });

  it('is content with an empty folder where the system keeps it', async () => {
    const kept = cache.open({
      ownsRoot: true,
      ports: {
        step: (operation, place) => {
          if (operation === 'rmdir' && place === cache.hubRoot) {
            throw Object.assign(new Error('EBUSY: busy'), { code: 'EBUSY' });
          }
        },
      },
    });
    assert.deepEqual((await kept.uninstall()).left, []);
    assert.deepEqual(await fs.readdir(cache.hubRoot), []);
  });
});
