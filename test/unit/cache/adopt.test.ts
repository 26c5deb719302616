import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { WorkProgress } from '../../../src/cache';
import { Cancelled } from '../../../src/common/asrError';
import { CacheFixture, commitOf, install, listing, made, specOf } from './support/cacheFixture';

const files = [made('config.json', '{}'), made('model.bin', Buffer.alloc(1_500_000, 6), true)];
const spec = specOf('org/model', files);

describe('adopting files that are already on this computer', () => {
  let cache: CacheFixture;
  let theirs: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create();
    theirs = await CacheFixture.create();
  });
  afterEach(async () => {
    await cache.remove();
    await theirs.remove();
  });

  it('takes them from another Hugging Face cache, verified, with progress, and changes nothing there', async () => {
    await install(theirs.store, spec, files);
    const before = await listing(theirs.root);
    const prepared = await cache.store.prepare(spec);
    const progress: WorkProgress[] = [];
    const adopted = await cache.store.adopt(prepared, {
      caches: [theirs.hubRoot, '/nowhere'],
      onProgress: (one) => progress.push(one),
    });
    assert.deepEqual(adopted, ['config.json', 'model.bin']);
    assert.ok(prepared.files.every((file) => file.state === 'present'));
    await prepared.complete();
    await prepared.release();
    assert.deepEqual(await listing(theirs.root), before);
    assert.ok(
      (await cache.store.scan()).repos[0]?.snapshots[0]?.files.every((file) => file.verified),
    );
    assert.equal(progress.at(-1)?.totalBytes, 1_500_002);
    await theirs.remove();
    assert.equal(
      (await fs.readFile(path.join(prepared.snapshotPath, 'model.bin'))).length,
      1_500_000,
    );
  });

  it('takes them from another repository of ours without using the space twice', async () => {
    await install(cache.store, specOf('other/name', files), files);
    const before = (await cache.store.scan()).sizeOnDisk;
    const prepared = await cache.store.prepare(spec);
    assert.equal((await cache.store.adopt(prepared, { caches: [] })).length, 2);
    await prepared.complete();
    await prepared.release();
    const report = await cache.store.scan();
    assert.ok(report.sizeOnDisk - before < 100_000, 'on a disk that can share blocks or names');
    assert.equal(
      await cache.store.removalBytes([
        { repo: 'other/name', commit: commitOf('other/name'), paths: ['model.bin'] },
      ]),
      0,
    );
    await cache.store.removeFiles('other/name', commitOf('other/name'), spec.paths);
    assert.equal(
      (await cache.open().verify([{ repo: spec.repo, commit: spec.commit, paths: spec.paths }]))
        .good.length,
      2,
    );
  });

  it('does not believe a name: wrong bytes under the right digest are left where they are', async () => {
    await install(theirs.store, spec, files);
    const blob = await fs.realpath(
      theirs.hub('models--org--model/snapshots', spec.commit, 'model.bin'),
    );
    await fs.writeFile(blob, Buffer.alloc(1_500_000, 7));
    const prepared = await cache.store.prepare(spec);
    assert.deepEqual(await cache.store.adopt(prepared, { caches: [theirs.hubRoot] }), [
      'config.json',
    ]);
    assert.deepEqual(
      prepared.files.map((file) => file.state),
      ['present', 'missing'],
    );
    assert.deepEqual(await fs.readdir(cache.hub('models--org--model/partial')), []);
    assert.equal((await fs.readFile(blob))[0], 7);
    await prepared.release();
  });

  it('does not share a file that others can write to', async () => {
    await install(theirs.store, spec, files);
    const blob = await fs.realpath(
      theirs.hub('models--org--model/snapshots', spec.commit, 'model.bin'),
    );
    await fs.chmod(blob, 0o666);
    const prepared = await cache.store.prepare(spec);
    await cache.store.adopt(prepared, { caches: [theirs.hubRoot] });
    await prepared.release();
    await fs.writeFile(blob, Buffer.alloc(1_500_000, 9));
    assert.equal((await fs.readFile(path.join(prepared.snapshotPath, 'model.bin')))[0], 6);
  });

  it('keeps a partial that is there until something better is verified, and stops when cancelled', async () => {
    await install(theirs.store, spec, files);
    await fs.chmod(
      await fs.realpath(theirs.hub('models--org--model/snapshots', spec.commit, 'model.bin')),
      0o666,
    );
    const prepared = await cache.store.prepare(spec);
    const partial = prepared.files[1]?.partialPath ?? '';
    await fs.writeFile(partial, 'bytes so far');
    const controller = new AbortController();
    const adopting = cache.store.adopt(prepared, {
      caches: [theirs.hubRoot],
      signal: controller.signal,
      onProgress: ({ currentFile }) => {
        if (currentFile === 'model.bin') controller.abort();
      },
    });
    await assert.rejects(adopting, (error) => error instanceof Cancelled);
    assert.equal(await fs.readFile(partial, 'utf8'), 'bytes so far');
    assert.deepEqual(await fs.readdir(path.dirname(partial)), [path.basename(partial)]);
    await prepared.release();
  });

  it('takes plain files in the snapshots of a cache without links, as Python makes it on Windows', async () => {
    const snapshot = theirs.hub('models--org--model/snapshots', commitOf('older'));
    await fs.mkdir(snapshot, { recursive: true });
    await fs.mkdir(theirs.hub('models--org--model/blobs'));
    await fs.writeFile(path.join(snapshot, 'config.json'), '{"another":"revision"}');
    await fs.writeFile(path.join(snapshot, 'model.bin'), files[1]?.content ?? '');
    const before = await listing(theirs.root);
    const prepared = await cache.store.prepare(spec);
    assert.deepEqual(await cache.store.adopt(prepared, { caches: [theirs.hubRoot] }), [
      'model.bin',
    ]);
    await prepared.release();
    // A person may edit such a file: it is never the same bytes under two names.
    await fs.writeFile(path.join(snapshot, 'model.bin'), Buffer.alloc(1_500_000, 9));
    assert.equal((await fs.readFile(path.join(prepared.snapshotPath, 'model.bin')))[0], 6);
    await fs.writeFile(path.join(snapshot, 'model.bin'), files[1]?.content ?? '');
    assert.deepEqual(await listing(theirs.root), before);
  });

  it('finds the previous revision’s files where links can’t be made', async () => {
    const ports = { canSymlink: false };
    await install(cache.open({ ports }), spec, files);
    const next = specOf('org/model', files, { commit: commitOf('next') });
    const prepared = await cache.open({ ports }).prepare(next);
    assert.equal((await cache.open({ ports }).adopt(prepared, { caches: [] })).length, 2);
    await prepared.complete();
    await prepared.release();
    assert.ok((await cache.store.scan()).sizeOnDisk < 1_700_000);
  });
});
