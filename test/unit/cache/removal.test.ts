import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { ModelFiles, SnapshotSpec } from '../../../src/cache';
import {
  CacheFixture,
  commitOf,
  install,
  listing,
  made,
  needsLinks,
  specOf,
} from './support/cacheFixture';
import { assertCleanForOthers } from './support/killPoints';

const shared = made('shared.txt', Buffer.alloc(50_000, 5));
const tiny = made('ggml-tiny.bin', Buffer.alloc(100_000, 1), true);
const base = made('ggml-base.bin', Buffer.alloc(200_000, 2), true);
const all = [shared, tiny, base];
const repo = 'org/whisper';
const tinySpec = specOf(repo, all, { paths: [shared.path, tiny.path] });
const baseSpec = specOf(repo, all, { paths: [shared.path, base.path] });
const modelOf = ({ commit, paths }: SnapshotSpec): ModelFiles => ({ repo, commit, paths });

describe('deleting models', () => {
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create({ ownsRoot: true });
    await install(cache.store, tinySpec, all);
    await install(cache.store, baseSpec, all);
  });
  afterEach(() => cache.remove());

  it('leaves the other models of the repository, and says beforehand what it then frees', async () => {
    const onlyTiny = { ...modelOf(tinySpec), paths: [tiny.path] };
    const said = await cache.store.removalBytes([onlyTiny]);
    const before = (await cache.store.scan()).sizeOnDisk;
    assert.equal(await cache.store.removeFiles(repo, tinySpec.commit, onlyTiny.paths), said);
    const report = await cache.store.scan();
    assert.equal(before - report.sizeOnDisk, said);
    assert.ok(said >= 100_000 && said < 120_000);
    assert.deepEqual(
      report.repos[0]?.snapshots[0]?.files.map((file) => file.path),
      [base.path, shared.path],
    );
    assert.deepEqual(report.repos[0].snapshots[0].refs, ['main']);
    assertCleanForOthers(cache.hubRoot);
  });

  for (const canSymlink of [true, false]) {
    it(`keeps a person’s own file in a snapshot when everything is deleted${canSymlink ? '' : ', without links'}`, async () => {
      const other = await CacheFixture.create({ ownsRoot: true, ports: { canSymlink } });
      try {
        await install(other.store, tinySpec, all);
        const snapshot = other.hub('models--org--whisper/snapshots', tinySpec.commit);
        await fs.writeFile(path.join(snapshot, 'notes.txt'), 'mine');
        await fs.mkdir(path.join(snapshot, 'tests'));
        await fs.writeFile(path.join(snapshot, 'tests/own.wav'), 'mine too');
        // The commit's list tells its own files too, when no record of them is left.
        await fs.rm(other.stateRoot, { recursive: true });
        await fs.rm(other.hub('.locks'), { recursive: true });
        const said = await other.open({ ownsRoot: true }).clearBytes();
        assert.equal(await other.open({ ownsRoot: true }).clear(), said);
        const left = (await listing(snapshot)).map((line) => line.split(' ')[0]);
        assert.deepEqual(left, ['notes.txt', 'tests/', 'tests/own.wav']);
      } finally {
        await other.remove();
      }
    });
  }

  it('counts content that several deleted models share once', async () => {
    const both = await cache.store.removalBytes([modelOf(tinySpec), modelOf(baseSpec)]);
    assert.ok(both >= 350_000 && both < 380_000, String(both));
  });

  it('frees a shared blob with its last user, and the repository with its last model', async () => {
    await cache.store.removeFiles(repo, tinySpec.commit, [tiny.path]);
    await cache.store.removeFiles(repo, baseSpec.commit, baseSpec.paths);
    const left = (await listing(cache.hubRoot)).map((line) => line.split(' ')[0]);
    const shared = ['.locks/', '.locks/asr/', '.locks/asr/verified.jsonl'];
    assert.deepEqual(left, [...shared, 'CACHEDIR.TAG']);
  });

  it('keeps a blob that another revision uses', async () => {
    await needsLinks(cache);
    const next = specOf(repo, all, { commit: commitOf('next'), paths: [shared.path, tiny.path] });
    await install(cache.store, next, all);
    assert.equal(await cache.store.removeFiles(repo, tinySpec.commit, [shared.path, tiny.path]), 0);
    const report = await cache.store.scan();
    const snapshot = report.repos[0]?.snapshots.find((one) => one.commit === next.commit);
    assert.deepEqual(
      snapshot?.files.map((file) => file.verified),
      [true, true, true],
    );
  });

  it('leaves a stranger’s files in the repository’s folder alone', async () => {
    await fs.writeFile(cache.hub('models--org--whisper/notes.txt'), 'mine');
    await cache.store.clear();
    assert.equal(await fs.readFile(cache.hub('models--org--whisper/notes.txt'), 'utf8'), 'mine');
    assertCleanForOthers(cache.hubRoot);
  });

  it('clears every model and partial of ours, for the bytes it said', async () => {
    const prepared = await cache.store.prepare(
      specOf('org/half', [made('x.bin', Buffer.alloc(70_000, 3), true)]),
    );
    await fs.writeFile(prepared.files[0]?.partialPath ?? '', Buffer.alloc(60_000, 3));
    await prepared.release();
    const said = await cache.store.clearBytes();
    assert.ok(said >= 410_000, String(said));
    assert.equal(await cache.store.clear(), said);
    assert.deepEqual(await fs.readdir(cache.hubRoot), ['.locks', 'CACHEDIR.TAG']);
    assert.equal((await cache.store.scan()).sizeOnDisk, 0);
  });

  it('leaves a running download alone when it clears', async () => {
    const prepared = await cache.store.prepare(
      specOf('org/half', [made('x.bin', Buffer.alloc(70_000, 3), true)]),
    );
    await fs.writeFile(prepared.files[0]?.partialPath ?? '', Buffer.alloc(70_000, 3));
    await cache.open({ ownsRoot: true }).clear();
    await prepared.publish('x.bin');
    await prepared.complete();
    await prepared.release();
    assert.deepEqual(
      (await cache.store.scan()).repos.map((one) => one.repo),
      ['org/half'],
    );
  });
});

describe('clearing a folder that a person shares with other tools', () => {
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create();
    const theirs = await CacheFixture.create();
    await install(theirs.store, specOf('py/theirs', [made('m.bin', 'theirs', true)]), [
      made('m.bin', 'theirs', true),
    ]);
    await install(
      theirs.store,
      specOf(repo, all, { commit: commitOf('theirs'), paths: [base.path], revision: 'v1' }),
      all,
    );
    // Other tools don't write down what they have put there.
    await fs.rm(theirs.hub('.locks'), { recursive: true });
    await fs.cp(theirs.hubRoot, cache.hubRoot, { recursive: true, verbatimSymlinks: true });
    await theirs.remove();
    await install(cache.store, tinySpec, all);
  });
  afterEach(() => cache.remove());

  it('removes ours and nothing of theirs, even in the same repository', async () => {
    const said = await cache.store.clearBytes();
    assert.equal(await cache.store.clear(), said);
    const report = await cache.store.scan();
    assert.deepEqual(
      report.repos.map((one) => [
        one.repo,
        one.snapshots.map((snapshot) => snapshot.files.map((file) => file.path)),
      ]),
      [
        ['org/whisper', [[base.path]]],
        ['py/theirs', [['m.bin']]],
      ],
    );
    assertCleanForOthers(cache.hubRoot);
  });
});

describe('cleaning up', () => {
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create({ ownsRoot: true });
  });
  afterEach(() => cache.remove());

  it('offers old revisions, partials with their age and orphaned blobs, and frees what it said', async () => {
    const newTiny = made('ggml-tiny.bin', Buffer.alloc(110_000, 8), true);
    const next = specOf(repo, [shared, newTiny, base], {
      commit: commitOf('next'),
      paths: tinySpec.paths,
    });
    await install(cache.store, tinySpec, all);
    await install(cache.store, next, [shared, newTiny]);
    const half = await cache.store.prepare(
      specOf('org/half', [made('x.bin', Buffer.alloc(70_000, 3), true)]),
    );
    await fs.writeFile(half.files[0]?.partialPath ?? '', Buffer.alloc(60_000, 3));
    await fs.writeFile(
      cache.hub('models--org--half/blobs', 'c'.repeat(64)),
      Buffer.alloc(30_000, 3),
    );
    assert.deepEqual(
      (await cache.store.cleanUpItems(() => false)).map((item) => item.kind),
      ['orphanBlob', 'oldRevision'],
    );
    await half.release();

    assert.equal(
      (await cache.store.cleanUpItems((_repo, commit) => commit === tinySpec.commit)).some(
        (item) => item.kind === 'oldRevision',
      ),
      false,
    );
    const items = await cache.store.cleanUpItems(() => false);
    assert.deepEqual(items.map((item) => item.kind).sort(), [
      'oldRevision',
      'orphanBlob',
      'partial',
    ]);
    assert.ok(items.every((item) => item.modifiedMs > 1e12));
    const said = items.reduce((sum, item) => sum + item.bytes, 0);
    const before = (await cache.store.scan()).sizeOnDisk;
    assert.equal(await cache.store.cleanUp(items), said);
    const report = await cache.store.scan();
    assert.equal(before - report.sizeOnDisk, said);
    assert.deepEqual(
      report.repos.map((one) => [one.repo, one.snapshots.map((snapshot) => snapshot.commit)]),
      [[repo, [next.commit]]],
    );
    assert.ok(report.repos[0]?.snapshots[0]?.files.every((file) => file.verified));
    assertCleanForOthers(cache.hubRoot);
  });

  it('leaves alone what has come into use since it was offered', async () => {
    await install(cache.store, tinySpec, all);
    await fs.writeFile(
      cache.hub('models--org--whisper/blobs', baseSpec.tree[2]?.digest.hex ?? ''),
      base.content,
    );
    const items = await cache.store.cleanUpItems(() => false);
    assert.deepEqual(
      items.map((item) => item.kind),
      ['orphanBlob'],
    );
    await install(cache.store, baseSpec, all);
    assert.equal(await cache.store.cleanUp(items), 0);
    assert.equal((await cache.store.scan()).repos[0]?.snapshots[0]?.files.length, 3);
  });

  it('takes away what a killed process left aside', async () => {
    await install(cache.store, tinySpec, all);
    const ended = cache.hub('.locks', `asr-staging-${'0'.repeat(8)}-1-x`);
    await fs.mkdir(ended, { recursive: true });
    await fs.writeFile(path.join(ended, 'half'), Buffer.alloc(20_000));
    const old = new Date(Date.now() - 2 * 3_600_000);
    await fs.utimes(ended, old, old);
    await fs.writeFile(cache.hub('.locks/theirs.lock'), '');
    assert.ok((await cache.store.cleanUp([])) >= 20_000);
    assert.deepEqual(await fs.readdir(cache.hub('.locks')), ['asr', 'theirs.lock']);
  });
});

describe('updating a model next to its old revision', () => {
  let cache: CacheFixture;
  const newTiny = made('ggml-tiny.bin', Buffer.alloc(110_000, 8), true);
  const next = specOf(repo, [shared, newTiny, base], {
    commit: commitOf('next'),
    paths: tinySpec.paths,
  });
  beforeEach(async () => {
    cache = await CacheFixture.create({ ownsRoot: true });
    await install(cache.store, tinySpec, all);
    await install(cache.store, baseSpec, all);
  });
  afterEach(() => cache.remove());

  it('fetches only what changed, switches by the ref, and keeps the neighbours under it', async () => {
    await needsLinks(cache);
    const prepared = await cache.store.prepare(next);
    assert.deepEqual(
      prepared.files.map((file) => [file.entry.path, file.state]),
      [
        ['shared.txt', 'present'],
        ['ggml-tiny.bin', 'missing'],
      ],
    );
    await prepared.release();
    await install(cache.store, next, [shared, newTiny]);
    const report = await cache.store.scan();
    const current = report.repos[0]?.snapshots.find((one) => one.refs.includes('main'));
    assert.equal(current?.commit, next.commit);
    assert.deepEqual(
      current.files.map((file) => file.path),
      ['ggml-base.bin', 'ggml-tiny.bin', 'shared.txt'],
    );
  });

  it('can go back to the previous revision until that is removed', async () => {
    await install(cache.store, next, [shared, newTiny]);
    await cache.store.restoreRevision(repo, 'main', tinySpec.commit);
    const now = async (): Promise<string | undefined> =>
      (await cache.store.scan()).repos[0]?.snapshots.find((one) => one.refs.length > 0)?.commit;
    assert.equal(await now(), tinySpec.commit);
    await cache.store.restoreRevision(repo, 'main', next.commit);
    await cache.store.removeFiles(repo, tinySpec.commit, [...tinySpec.paths, base.path]);
    await assert.rejects(
      cache.store.restoreRevision(repo, 'main', tinySpec.commit),
      /no longer on the disk/,
    );
    assert.equal(await now(), next.commit);
  });
});
