import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import type { ModelFiles, PreparedSnapshot, WorkProgress } from '../../../src/cache';
import { Cancelled } from '../../../src/common/asrError';
import { CacheFixture, install, made, needsLinks, specOf } from './support/cacheFixture';

const files = [
  made('config.json', '{}'),
  made('w/model.bin', Buffer.alloc(2_500_000, 1), true),
  made('vocab.txt', 'a b c'),
];
const spec = specOf('org/tiny', files);
const model: ModelFiles = { repo: spec.repo, commit: spec.commit, paths: spec.paths };

describe('verifying and repairing models', () => {
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create();
    await install(cache.store, spec, files);
  });
  afterEach(() => cache.remove());
  const snapshotFile = (name: string): string =>
    cache.hub('models--org--tiny/snapshots', spec.commit, name);

  it('reads every byte, tells its steps and its progress, and finds nothing wrong', async () => {
    const progress: WorkProgress[] = [];
    const report = await cache.store.verify([model], { onProgress: (one) => progress.push(one) });
    assert.deepEqual(
      report.steps.map((step) => step.name),
      ['look', 'hash', 'repair', 'tidy'],
    );
    assert.ok(report.steps.every((step) => step.ms >= 0));
    assert.equal(report.checkedBytes, 2_500_007);
    assert.deepEqual(
      [report.good.length, report.damaged, report.missing, report.unknown],
      [3, [], [], []],
    );
    assert.equal(progress.at(-1)?.doneBytes, 2_500_007);
    assert.ok(
      progress.every((one, index) => one.doneBytes >= (progress[index - 1]?.doneBytes ?? 0)),
    );
  });

  it('finds a changed byte that size and scan can’t, and the list shows it damaged from then on', async () => {
    const blob = await fs.realpath(snapshotFile('w/model.bin'));
    const handle = await fs.open(blob, 'r+');
    await handle.write(Buffer.from([9]), 0, 1, 2_000_000);
    await handle.close();
    const report = await cache.store.verify([model]);
    assert.deepEqual(
      report.damaged.map((file) => file.path),
      ['w/model.bin'],
    );
    assert.deepEqual(report.repaired, []);
    const scanned = (await cache.open().scan()).repos[0]?.snapshots[0]?.files;
    assert.deepEqual(
      scanned?.map((file) => [file.path, file.verified, file.damaged]),
      [
        ['config.json', true, undefined],
        ['vocab.txt', true, undefined],
        ['w/model.bin', false, true],
      ],
    );
  });

  it('has only the wrong files fetched, and keeps the old one until the new one is verified', async () => {
    await fs.writeFile(await fs.realpath(snapshotFile('w/model.bin')), Buffer.alloc(2_500_000, 7));
    await fs.unlink(await fs.realpath(snapshotFile('vocab.txt')));
    const fetched: string[] = [];
    const fetch = async (prepared: PreparedSnapshot): Promise<void> => {
      for (const file of prepared.files) {
        if (file.state === 'present') continue;
        fetched.push(file.entry.path);
        if (file.entry.path === 'w/model.bin')
          assert.equal((await fs.readFile(snapshotFile('w/model.bin')))[0], 7);
        await fs.writeFile(
          file.partialPath,
          files.find((one) => one.path === file.entry.path)?.content ?? '',
        );
        await prepared.publish(file.entry.path);
      }
    };
    const report = await cache.store.verify([model], { repair: { fetch } });
    assert.deepEqual(fetched.sort(), ['vocab.txt', 'w/model.bin']);
    assert.deepEqual(
      [report.damaged.length, report.missing.length, report.repaired.length],
      [1, 1, 2],
    );
    const again = await cache.store.verify([model]);
    assert.equal(again.good.length, 3);
  });

  it('reads, counts and fetches a file once that several models share', async () => {
    const other: ModelFiles = { ...model, paths: ['w/model.bin', 'vocab.txt'] };
    await fs.writeFile(await fs.realpath(snapshotFile('w/model.bin')), Buffer.alloc(2_500_000, 7));
    const fetched: string[] = [];
    const fetch = async (prepared: PreparedSnapshot): Promise<void> => {
      for (const file of prepared.files) {
        if (file.state === 'present') continue;
        fetched.push(file.entry.path);
        const content = files.find((one) => one.path === file.entry.path)?.content ?? '';
        await fs.writeFile(file.partialPath, content);
        await prepared.publish(file.entry.path);
      }
    };
    const report = await cache.store.verify([model, other], { repair: { fetch } });
    assert.deepEqual(fetched, ['w/model.bin']);
    assert.deepEqual([report.checkedFiles, report.checkedBytes], [3, 2_500_007]);
    assert.deepEqual(
      [report.good.length, report.damaged.length, report.repaired.length],
      [2, 1, 1],
    );
  });

  it('changes nothing when the fetch fails, and lets go of its locks', async () => {
    const blob = await fs.realpath(snapshotFile('w/model.bin'));
    await fs.writeFile(blob, Buffer.alloc(2_500_000, 7));
    await assert.rejects(
      cache.store.verify([model], {
        repair: { fetch: () => Promise.reject(new Error('no network')) },
      }),
      /no network/,
    );
    assert.equal((await fs.readFile(blob))[0], 7);
    const prepared = await cache.open().prepare(spec);
    await prepared.release();
  });

  it('stops within a chunk when cancelled', async () => {
    const controller = new AbortController();
    await assert.rejects(
      cache.store.verify([model], {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
      (error) => error instanceof Cancelled,
    );
  });

  it('asks for the list where an older tool wrote none, and says what it can’t know', async () => {
    // The name of a blob says what its bytes should be.
    await needsLinks(cache);
    await fs.unlink(cache.hub('models--org--tiny/trees', `${spec.commit}.json`));
    await fs.unlink(snapshotFile('vocab.txt'));
    await fs.writeFile(snapshotFile('vocab.txt'), 'own file');
    const report = await cache.store.verify([model]);
    assert.deepEqual(
      report.unknown.map((file) => file.path),
      ['vocab.txt'],
    );
    await fs.writeFile(await fs.realpath(snapshotFile('w/model.bin')), 'short');
    await assert.rejects(
      cache.store.verify([model], { repair: { fetch: () => Promise.resolve() } }),
      /no file list/,
    );
    const repaired = await cache.store.verify([model], {
      repair: {
        treeOf: () => Promise.resolve(spec.tree),
        fetch: async (prepared) => {
          for (const file of prepared.files) {
            if (file.state === 'present') continue;
            await fs.writeFile(
              file.partialPath,
              files.find((one) => one.path === file.entry.path)?.content ?? '',
            );
            await prepared.publish(file.entry.path);
          }
        },
      },
    });
    assert.deepEqual(
      repaired.repaired.map((file) => file.path),
      ['w/model.bin'],
    );
    assert.equal((await cache.store.verify([model])).good.length, 3);
  });

  it('verifies what another tool put there, so that the next start need not', async () => {
    await fs.rm(cache.hub('.locks'), { recursive: true });
    const verified = async (): Promise<boolean[]> =>
      ((await cache.open().scan()).repos[0]?.snapshots[0]?.files ?? []).map(
        (file) => file.verified,
      );
    assert.deepEqual(await verified(), [false, false, false]);
    await cache.open().verify([model]);
    assert.deepEqual(await verified(), [true, true, true]);
  });
});
