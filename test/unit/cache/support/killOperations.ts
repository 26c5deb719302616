import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { ScanReport, ModelStore, SnapshotSpec } from '../../../../src/cache';
import { digestHasher } from '../../../../src/common/digest';
import {
  type CacheFixture,
  commitOf,
  exists,
  install,
  made,
  type MadeFile,
  specOf,
  writeFlushed,
} from './cacheFixture';
import { assertCleanForOthers } from './killPoints';

/*
 * The operations that a process is killed in, and the state that must hold then: the cache scans clean, for us and for
 * other tools, every file that is offered has its bytes, and doing the operation again comes to its end.
 */
const oldFiles = [
  made('config.json', '{"v":1}'),
  made('w/model.bin', Buffer.alloc(3_000, 1), true),
  made('shared.txt', 'same in both'),
];
const newFiles = [
  made('config.json', '{"v":2}'),
  made('w/model.bin', Buffer.alloc(4_000, 2), true),
  made('shared.txt', 'same in both'),
];
const otherFiles = [made('other.bin', Buffer.alloc(2_000, 3), true)];
const repo = 'org/model';
const oldCommit = commitOf('old');
const newCommit = commitOf('new');
const oldSpec = specOf(repo, [...oldFiles, ...otherFiles], {
  commit: oldCommit,
  paths: oldFiles.map((file) => file.path),
});
const newSpec = specOf(repo, [...newFiles, ...otherFiles], {
  commit: newCommit,
  paths: newFiles.map((file) => file.path),
});
const otherSpec: SnapshotSpec = { ...oldSpec, paths: ['other.bin'] };
const modelFiles = (
  spec: SnapshotSpec,
): { repo: string; commit: string; paths: readonly string[] } => ({
  repo,
  commit: spec.commit,
  paths: spec.paths,
});

/** Something that changes the cache in several steps. */
export interface Operation {
  readonly name: string;
  readonly given: (store: ModelStore) => Promise<void>;
  readonly run: (store: ModelStore, cache: CacheFixture) => Promise<unknown>;
  /** The assertions after a kill anywhere. */
  readonly killed: (store: ModelStore, cache: CacheFixture) => unknown;
  /** The assertions after it was done again. */
  readonly done: (store: ModelStore, cache: CacheFixture) => unknown;
}

/** Each is named in one of the kill*.test.ts, which divide them; sigkill.test.ts takes all. */
export const operations: readonly Operation[] = [
  {
    name: 'publish',
    given: () => Promise.resolve(),
    run: (store) => install(store, oldSpec, oldFiles),
    killed: async (_store, cache) => {
      if (await exists(cache.hub('models--org--model/refs/main')))
        assertWhole(cache, oldSpec, oldFiles);
    },
    done: (_store, cache) => assertWhole(cache, oldSpec, oldFiles),
  },
  {
    name: 'update',
    given: async (store) => {
      await install(store, oldSpec, oldFiles);
      await install(store, otherSpec, otherFiles);
    },
    run: async (store) => {
      await install(store, newSpec, newFiles);
      await store.removeFiles(repo, oldCommit, oldSpec.paths);
    },
    killed: async (_store, cache) => {
      const ref = await fs.readFile(cache.hub('models--org--model/refs/main'), 'utf8');
      if (ref === newCommit) assertWhole(cache, newSpec, newFiles);
      else assertWhole(cache, oldSpec, oldFiles);
      assertWhole(cache, otherSpec, otherFiles);
    },
    done: async (store, cache) => {
      assertWhole(cache, newSpec, newFiles);
      assertWhole(cache, { ...otherSpec, commit: newCommit }, otherFiles);
      assert.equal(await store.removalBytes([modelFiles(oldSpec)]), 0);
    },
  },
  {
    name: 'delete',
    given: async (store) => {
      await install(store, oldSpec, oldFiles);
      await install(store, otherSpec, otherFiles);
      await install(store, specOf('org/alone', oldFiles), oldFiles);
    },
    run: async (store) => {
      await store.removeFiles('org/alone', commitOf('org/alone'), oldSpec.paths);
      await store.removeFiles(repo, oldCommit, oldSpec.paths);
    },
    killed: (_store, cache) => assertWhole(cache, otherSpec, otherFiles),
    done: async (_store, cache) => {
      assert.equal(await exists(cache.hub('models--org--alone')), false);
      const kept = cache.hub('models--org--model/snapshots', oldCommit);
      assert.deepEqual(await fs.readdir(kept), ['other.bin']);
      const isLink = (await fs.lstat(path.join(kept, 'other.bin'))).isSymbolicLink();
      const blobs = await fs.readdir(cache.hub('models--org--model/blobs'));
      assert.equal(blobs.length, isLink ? 1 : 0);
    },
  },
  {
    name: 'repair',
    given: async (store) => {
      await install(store, oldSpec, oldFiles);
      const model = path.join(
        store.hubRoot,
        'models--org--model/snapshots',
        oldCommit,
        'w/model.bin',
      );
      await fs.writeFile(await fs.realpath(model), Buffer.alloc(3_000, 9));
    },
    run: (store) =>
      store.verify([modelFiles(oldSpec)], {
        repair: {
          fetch: async (prepared) => {
            for (const file of prepared.files) {
              if (file.state === 'present') continue;
              assert.equal(file.entry.path, 'w/model.bin');
              await writeFlushed(file.partialPath, Buffer.alloc(3_000, 1));
              await prepared.publish(file.entry.path);
            }
          },
        },
      }),
    killed: async (_store, cache) => {
      assertWhole(cache, { ...oldSpec, paths: ['config.json', 'shared.txt'] }, oldFiles);
      const model = await fs.readFile(
        cache.hub('models--org--model/snapshots', oldCommit, 'w/model.bin'),
      );
      assert.ok(model.equals(Buffer.alloc(3_000, 9)) || model.equals(Buffer.alloc(3_000, 1)));
    },
    done: (_store, cache) => assertWhole(cache, oldSpec, oldFiles),
  },
  {
    name: 'move',
    given: async (store) => {
      await install(store, oldSpec, oldFiles);
      await install(store, otherSpec, otherFiles);
      await install(store, specOf('org/alone', newFiles), newFiles);
    },
    run: async (store, cache) => {
      if ((await validPlace(cache)) === cache.hubRoot) await moveIt(store, cache);
    },
    killed: async (_store, cache) => {
      const place = await validPlace(cache);
      assertWhole(cache, oldSpec, oldFiles, place);
      assertWhole(cache, otherSpec, otherFiles, place);
      assertWhole(cache, specOf('org/alone', newFiles), newFiles, place);
      assertCleanForOthers(movedTo(cache));
    },
    done: async (_store, cache) => assert.equal(await validPlace(cache), movedTo(cache)),
  },
  {
    name: 'import',
    given: async (store) => {
      await install(store, oldSpec, oldFiles);
    },
    run: async (store, cache) => {
      const source = path.join(cache.root, 'my model');
      await fs.mkdir(source, { recursive: true });
      const content = ggufOf(5_000);
      await writeFlushed(path.join(source, 'model.gguf'), content);
      await writeFlushed(path.join(source, 'vocab.txt'), 'a b c');
      await store.importModel(source);
    },
    killed: (_store, cache) => assertWhole(cache, oldSpec, oldFiles),
    done: async (store) => {
      const imported = (await store.scan()).repos.find((one) => one.repo.startsWith('local/'));
      assert.deepEqual(
        imported?.snapshots[0]?.files.map((file) => [file.path, file.verified]),
        [
          ['model.gguf', true],
          ['vocab.txt', true],
        ],
      );
    },
  },
  {
    name: 'import of a bundle',
    given: async (store) => {
      await install(store, oldSpec, oldFiles);
      await install(store, specOf('org/alone', newFiles), newFiles);
      const models = [oldSpec, specOf('org/alone', newFiles)].map((spec) => ({
        repo: spec.repo,
        commit: spec.commit,
        paths: spec.paths,
        revision: 'main',
        name: spec.repo,
      }));
      await store.exportBundle(models, path.join(path.dirname(store.hubRoot), 'bundle.tar'));
      await store.clear();
    },
    run: (store, cache) => store.importBundle(path.join(cache.root, 'bundle.tar')),
    killed: async (_store, cache) => {
      if (await exists(cache.hub('models--org--model/refs/main')))
        assertWhole(cache, oldSpec, oldFiles);
    },
    done: (_store, cache) => {
      assertWhole(cache, oldSpec, oldFiles);
      assertWhole(cache, specOf('org/alone', newFiles), newFiles);
    },
  },
  {
    name: 'restore',
    given: async (store) => {
      await install(store, oldSpec, oldFiles);
      await install(store, newSpec, newFiles);
      await install(store, { ...newSpec, paths: ['other.bin'] }, otherFiles);
    },
    run: (store) => store.restoreRevision(repo, 'main', oldCommit),
    killed: async (_store, cache) => {
      assertWhole(cache, oldSpec, oldFiles);
      assertWhole(cache, newSpec, newFiles);
      const ref = await fs.readFile(cache.hub('models--org--model/refs/main'), 'utf8');
      assert.ok(ref === oldCommit || ref === newCommit, ref);
    },
    done: async (_store, cache) => {
      const ref = await fs.readFile(cache.hub('models--org--model/refs/main'), 'utf8');
      assert.equal(ref, oldCommit);
      assertWhole(cache, otherSpec, otherFiles);
    },
  },
  {
    name: 'remove everything',
    given: async (store) => {
      await install(store, oldSpec, oldFiles);
      await install(store, specOf('org/alone', newFiles), newFiles);
    },
    run: (store) => store.uninstall(),
    killed: () => Promise.resolve(),
    done: async (_store, cache) => {
      assert.equal(await exists(cache.hubRoot), false);
      assert.equal(await exists(cache.stateRoot), false);
    },
  },
];

/** The first bytes of a GGUF file with no tensors, and zeros. */
function ggufOf(sizeBytes: number): Buffer {
  const content = Buffer.alloc(sizeBytes);
  content.write('GGUF');
  content.writeUInt32LE(3, 4);
  return content;
}

/** The assertions after a kill anywhere, then that the next try comes to its end. `next`: a store as after a start. */
export async function assertSurvives(
  { run, killed, done }: Operation,
  next: ModelStore,
  cache: CacheFixture,
): Promise<void> {
  const report = await next.scan();
  assert.deepEqual(report.problems, []);
  assertCleanForOthers(cache.hubRoot);
  assertHonest(report);
  await killed(next, cache);
  await run(next, cache);
  assertCleanForOthers(cache.hubRoot);
  await done(next, cache);
}

function movedTo(cache: CacheFixture): string {
  return path.join(cache.root, 'new place');
}

async function moveIt(store: ModelStore, cache: CacheFixture): Promise<void> {
  await store.moveTo(movedTo(cache), {
    mode: 'move',
    switchTo: async (place) => {
      await writeFlushed(path.join(cache.root, 'setting.tmp'), place);
      await fs.rename(path.join(cache.root, 'setting.tmp'), path.join(cache.root, 'setting'));
      const folder = await fs.open(cache.root, 'r');
      // Windows flushes no folders.
      await folder.sync().catch(() => undefined);
      await folder.close();
    },
  });
}

async function validPlace(cache: CacheFixture): Promise<string> {
  return await fs.readFile(path.join(cache.root, 'setting'), 'utf8').catch(() => cache.hubRoot);
}

/** Every file of the model is there, by its snapshot, with its very bytes. */
function assertWhole(
  cache: CacheFixture,
  spec: SnapshotSpec,
  files: readonly MadeFile[],
  hubRoot = cache.hubRoot,
): void {
  const snapshot = path.join(
    hubRoot,
    `models--${spec.repo.replace('/', '--')}`,
    'snapshots',
    spec.commit,
  );
  for (const filePath of spec.paths) {
    const content = readFileSync(path.join(snapshot, filePath));
    assert.ok(
      content.equals(files.find((file) => file.path === filePath)?.content ?? Buffer.alloc(0)),
      filePath,
    );
  }
}

/** Files that the scan calls verified have the bytes of their digests; no others are offered. */
function assertHonest({ repos }: ScanReport): void {
  for (const snapshot of repos.flatMap(({ snapshots }) => snapshots)) {
    for (const file of snapshot.files) {
      if (!file.verified) continue;
      const content = readFileSync(path.join(snapshot.path, file.path));
      assert.ok(file.digest);
      const hasher =
        file.digest.algorithm === 'sha256'
          ? createHash('sha256')
          : digestHasher('git-sha1', content.length);
      assert.equal(hasher.update(content).digest('hex'), file.digest.hex, file.path);
    }
  }
}
