import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../../src/common/clock';
import { CacheFixture, commitOf, install, made, specOf } from './support/cacheFixture';

const files = [made('config.json', '{}'), made('w/model.bin', Buffer.alloc(9_000, 1), true)];
const spec = specOf('org/tiny', files);

describe('scanning the cache', () => {
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create();
  });
  afterEach(() => cache.remove());

  it('reports a missing folder as empty, and makes nothing', async () => {
    assert.deepEqual(await cache.store.scan(), { repos: [], problems: [], sizeOnDisk: 0 });
    assert.deepEqual(await fs.readdir(cache.root), []);
  });

  it('tells files, sizes, digests, refs and what was verified', async () => {
    await install(cache.store, spec, files);
    const report = await cache.open().scan();
    const [repo] = report.repos;
    const [snapshot] = repo?.snapshots ?? [];
    assert.deepEqual(report.problems, []);
    assert.equal(repo?.repo, 'org/tiny');
    assert.deepEqual(snapshot?.refs, ['main']);
    assert.deepEqual(snapshot.tree, spec.tree);
    assert.deepEqual(
      snapshot.files.map(({ path: name, sizeBytes, digest, verified, damaged }) => ({
        name,
        sizeBytes,
        digest,
        verified,
        damaged,
      })),
      spec.tree.map((entry) => ({
        name: entry.path,
        sizeBytes: entry.sizeBytes,
        digest: entry.digest,
        verified: true,
        damaged: undefined,
      })),
    );
    assert.ok(repo.sizeOnDisk >= 9_000 && repo.sizeOnDisk < 40_000);
  });

  it('notices a file deleted by hand, one cut short, and one replaced, in a store that scanned before', async () => {
    await install(cache.store, spec, files);
    const store = cache.open({ clock: { ...systemClock, wallMs: () => Date.now() + 1_000 } });
    await store.scan();
    await fileClockTick(cache);
    const snapshot = cache.hub('models--org--tiny/snapshots', spec.commit);
    const model = await fs.realpath(path.join(snapshot, 'w/model.bin'));
    const isLink = (await fs.lstat(path.join(snapshot, 'w/model.bin'))).isSymbolicLink();

    await fs.writeFile(model, Buffer.alloc(9_000, 2));
    let [, file] = (await store.scan()).repos[0]?.snapshots[0]?.files ?? [];
    assert.deepEqual([file?.verified, file?.damaged], [false, undefined]);

    await fileClockTick(cache);
    await fs.truncate(model, 100);
    [, file] = (await store.scan()).repos[0]?.snapshots[0]?.files ?? [];
    assert.deepEqual([file?.verified, file?.damaged], [false, true]);

    await fileClockTick(cache);
    await fs.unlink(model);
    const report = await store.scan();
    assert.deepEqual(
      report.repos[0]?.snapshots[0]?.files.map((one) => one.path),
      ['config.json'],
    );
    // A link that leads nowhere is reported; a file that is gone leaves nothing.
    assert.equal(report.problems.length, isLink ? 1 : 0);
  });

  it('finds a folder that was copied in from another computer, unverified', async () => {
    const other = await CacheFixture.create();
    try {
      await install(other.store, spec, files);
      await cache.store.scan();
      await fs.cp(other.hub('models--org--tiny'), cache.hub('models--org--tiny'), {
        recursive: true,
        verbatimSymlinks: true,
      });
      const report = await cache.store.scan();
      assert.deepEqual(
        report.repos[0]?.snapshots[0]?.files.map((file) => [file.path, file.verified]),
        [
          ['config.json', false],
          ['w/model.bin', false],
        ],
      );
    } finally {
      await other.remove();
    }
  });

  it('reads what Python’s tools leave: nested refs, two hops into a shared store, their partials, their locks', async () => {
    const repo = cache.hub('models--org--py');
    const commit = commitOf('py');
    const sha = 'a'.repeat(64);
    await fs.mkdir(cache.hub('blobs/ab'), { recursive: true });
    await fs.writeFile(cache.hub('blobs/.huggingface-shared-blobs'), '1\n');
    await fs.writeFile(cache.hub('blobs/ab/xethash'), 'payload', { mode: 0o444 });
    await fs.mkdir(cache.hub('.locks/models--org--py'), { recursive: true });
    for (const folder of ['blobs', `snapshots/${commit}/sub`, 'refs/refs/pr', '.no_exist'])
      await fs.mkdir(path.join(repo, folder), { recursive: true });
    await fs.symlink('../../blobs/ab/xethash', path.join(repo, 'blobs', sha));
    await fs.symlink(
      `../../../blobs/${sha}`,
      path.join(repo, 'snapshots', commit, 'sub/model.bin'),
    );
    await fs.writeFile(path.join(repo, 'blobs/b.12345678.incomplete'), 'half');
    await fs.writeFile(path.join(repo, 'refs/refs/pr/1'), commit);
    const report = await cache.store.scan();
    assert.deepEqual(report.problems, []);
    const [snapshot] = report.repos[0]?.snapshots ?? [];
    assert.deepEqual(snapshot?.refs, ['refs/pr/1']);
    assert.deepEqual(
      snapshot.files.map((file) => [file.path, file.sizeBytes, file.digest?.hex]),
      [['sub/model.bin', 7, sha]],
    );
  });

  it('counts content once, however many names it has', async () => {
    const content = Buffer.alloc(1_000_000, 4);
    const twins = [made('a.bin', content, true), made('b.bin', content, true)];
    await install(cache.store, specOf('org/twins', twins), twins);
    const report = await cache.store.scan();
    assert.ok(
      report.sizeOnDisk >= 1_000_000 && report.sizeOnDisk < 1_100_000,
      String(report.sizeOnDisk),
    );
    const ids = new Set(report.repos[0]?.snapshots[0]?.files.map((file) => file.storageId));
    assert.equal(ids.size, 1);
  });

  it('lists partials with what their journal vouches for, and believes a torn one nothing', async () => {
    const prepared = await cache.store.prepare(spec);
    const [config, model] = prepared.files;
    assert.ok(config && model);
    await fs.writeFile(model.partialPath, Buffer.alloc(5_000, 1));
    await fs.writeFile(
      model.journalPath,
      JSON.stringify({ version: 1, sizeBytes: 9_000, downloadedBytes: 4_096 }),
    );
    await fs.writeFile(config.partialPath, 'x');
    await fs.writeFile(config.journalPath, '{"sizeBytes":');
    const partials = (await cache.store.scan()).repos[0]?.partials ?? [];
    const byHex = new Map(partials.map((partial) => [partial.digest.hex, partial]));
    assert.deepEqual(
      [
        byHex.get(model.entry.digest.hex)?.downloadedBytes,
        byHex.get(model.entry.digest.hex)?.sizeBytes,
      ],
      [4_096, 9_000],
    );
    assert.equal(byHex.get(config.entry.digest.hex)?.sizeBytes, undefined);
    await prepared.release();
  });

  it('keeps the good models when one folder is nonsense', async () => {
    await install(cache.store, spec, files);
    await fs.writeFile(cache.hub('models--a--file'), 'not a folder');
    await fs.mkdir(cache.hub('models--org--odd/snapshots'), { recursive: true });
    await fs.writeFile(cache.hub('models--org--odd/snapshots/stray'), '');
    await fs.mkdir(cache.hub('models--org--odd/refs'), { recursive: true });
    await fs.writeFile(cache.hub('models--org--odd/refs/main'), 'nowhere\n');
    await fs.writeFile(
      cache.hub('models--org--tiny/trees', `${spec.commit}.json`),
      '{"format_version":1,"files":{"x":{}}}',
    );
    const report = await cache.store.scan();
    assert.equal(
      report.repos.find((repo) => repo.repo === 'org/tiny')?.snapshots[0]?.files.length,
      2,
    );
    assert.equal(report.problems.length, 4);
  });

  it('says when something has changed, and when nothing has', async () => {
    await install(cache.store, spec, files);
    const calls: number[] = [];
    const callCount = (): number => calls.length;
    const timers: (() => void)[] = [];
    const clock = {
      nowMs: () => 0,
      wallMs: () => Date.now(),
      after: (_ms: number, task: () => void) => {
        timers.push(task);
        return {
          dispose: () => {
            timers.splice(timers.indexOf(task), 1);
          },
        };
      },
    };
    const store = cache.open({ clock });
    await store.scan();
    const changed = new Promise<void>((resolve) => {
      const watching = store.watch(() => {
        calls.push(1);
        watching.dispose();
        resolve();
      });
    });
    timers.shift()?.();
    while (timers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(callCount(), 0);
    await fs.writeFile(cache.hub('models--org--tiny/partial', 'b'.repeat(64)), 'x');
    for (let round = 0; round < 20_000 && callCount() === 0; round++) {
      for (const task of timers.splice(0)) task();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await changed;
    assert.equal(callCount(), 1);
    assert.equal(timers.length, 0);
  });
});

/** Waits until the file system's own clock has moved on, so that a change has another time than what came before. */
async function fileClockTick(cache: CacheFixture): Promise<void> {
  const probe = path.join(cache.root, 'probe');
  await fs.writeFile(probe, '');
  const { ctimeMs } = await fs.stat(probe);
  do await fs.writeFile(probe, 'x');
  while ((await fs.stat(probe)).ctimeMs === ctimeMs);
}
