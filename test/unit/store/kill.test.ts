import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { digestHasher } from '../../../src/base/digest';
import type { ModelStore, SnapshotSpec } from '../../../src/store';
import {
  CacheFixture,
  commitOf,
  exists,
  install,
  made,
  type MadeFile,
  specOf,
} from './support/cacheFixture';
import { assertCleanForOthers, KillPoint, randomPoints, untilKilled } from './support/killPoints';

/*
 * A process can end between any two changes of the disk. Each operation is run once to count its changes, then 100
 * times with an end at a seeded one of them; after each end the cache must scan clean, for us and for other tools,
 * every file that is offered must have its bytes, and doing the operation again must come to its end.
 */
const seed = 20_260_101;
const fullPoints = 100;

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

interface Operation {
  readonly name: string;
  readonly given: (store: ModelStore) => Promise<void>;
  readonly run: (store: ModelStore, cache: CacheFixture) => Promise<unknown>;
  /** What must hold after a kill anywhere. */
  readonly killed: (store: ModelStore, cache: CacheFixture) => Promise<void>;
  /** What must hold when it was done again. */
  readonly done: (store: ModelStore, cache: CacheFixture) => Promise<void>;
}

const operations: readonly Operation[] = [
  {
    name: 'publish',
    given: () => Promise.resolve(),
    run: (store) => install(store, oldSpec, oldFiles),
    killed: async (_store, cache) => {
      if (await exists(cache.hub('models--org--model/refs/main')))
        await assertWhole(cache, oldSpec, oldFiles);
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
      if (ref === newCommit) await assertWhole(cache, newSpec, newFiles);
      else await assertWhole(cache, oldSpec, oldFiles);
      await assertWhole(cache, otherSpec, otherFiles);
    },
    done: async (store, cache) => {
      await assertWhole(cache, newSpec, newFiles);
      await assertWhole(cache, { ...otherSpec, commit: newCommit }, otherFiles);
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
      assert.deepEqual(await fs.readdir(cache.hub('models--org--model/snapshots', oldCommit)), [
        'other.bin',
      ]);
      assert.equal((await fs.readdir(cache.hub('models--org--model/blobs'))).length, 1);
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
              await fs.writeFile(file.partialPath, Buffer.alloc(3_000, 1));
              await prepared.publish(file.entry.path);
            }
          },
        },
      }),
    killed: async (_store, cache) => {
      await assertWhole(cache, { ...oldSpec, paths: ['config.json', 'shared.txt'] }, oldFiles);
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
      await assertWhole(cache, oldSpec, oldFiles, place);
      await assertWhole(cache, otherSpec, otherFiles, place);
      await assertWhole(cache, specOf('org/alone', newFiles), newFiles, place);
      await assertCleanForOthers(movedTo(cache));
    },
    done: async (_store, cache) => {
      assert.equal(await validPlace(cache), movedTo(cache));
    },
  },
];

const withoutLinks = operations
  .filter(({ name }) => name === 'publish' || name === 'update' || name === 'repair')
  .map((operation) => ({
    ...operation,
    name: `${operation.name} without links`,
    canSymlink: false,
    points: 40,
  }));

for (const { name, given, run, killed, done, canSymlink, points } of [
  ...operations.map((operation) => ({ ...operation, canSymlink: true, points: fullPoints })),
  ...withoutLinks,
]) {
  describe(`a kill anywhere in ${name}`, () => {
    let base: CacheFixture;
    let total = 0;
    before(async () => {
      base = await CacheFixture.create({ ownsRoot: true, ports: { canSymlink } });
      await given(base.store);
      const whole = await base.copy();
      const counter = new KillPoint();
      await run(whole.open({ ownsRoot: true, ports: { step: counter.step, canSymlink } }), whole);
      total = counter.steps;
      await done(whole.open({ ownsRoot: true, ports: { canSymlink } }), whole);
      await whole.remove();
    });
    after(() => base.remove());

    it(`leaves a clean cache at each of ${String(points)} seeded points (seed ${String(seed)})`, async function () {
      this.timeout(60_000);
      assert.ok(total > 10, 'the operation changes the disk');
      const waiting = [...randomPoints(seed, points, total)];
      const worker = async (): Promise<void> => {
        for (let point = waiting.pop(); point !== undefined; point = waiting.pop()) {
          await killAt(point);
        }
      };
      await Promise.all(Array.from({ length: 6 }, worker));
    });

    async function killAt(point: number): Promise<void> {
      const cache = await base.copy();
      const place = `${name} killed at step ${String(point)} of ${String(total)}`;
      try {
        const kill = new KillPoint(point);
        const ports = { step: kill.step, isAlive: (): boolean => false, canSymlink };
        await untilKilled(kill, () => run(cache.open({ ownsRoot: true, ports }), cache));
        const next = cache.open({ ownsRoot: true, ports: { isAlive: () => false, canSymlink } });
        assert.deepEqual((await next.scan()).problems, []);
        await assertCleanForOthers(cache.hubRoot);
        await assertHonest(next);
        await killed(next, cache);
        await run(next, cache);
        await assertCleanForOthers(cache.hubRoot);
        await done(next, cache);
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        throw new Error(`${place}: ${text}`, { cause: error });
      } finally {
        await cache.remove();
      }
    }
  });
}

function movedTo(cache: CacheFixture): string {
  return path.join(cache.root, 'new place');
}

async function moveIt(store: ModelStore, cache: CacheFixture): Promise<void> {
  await store.moveTo(movedTo(cache), {
    mode: 'move',
    switchTo: async (place) => {
      await fs.writeFile(path.join(cache.root, 'setting.tmp'), place);
      await fs.rename(path.join(cache.root, 'setting.tmp'), path.join(cache.root, 'setting'));
    },
  });
}

async function validPlace(cache: CacheFixture): Promise<string> {
  return await fs.readFile(path.join(cache.root, 'setting'), 'utf8').catch(() => cache.hubRoot);
}

/** Every file of the model is there, by its snapshot, with its very bytes. */
async function assertWhole(
  cache: CacheFixture,
  spec: SnapshotSpec,
  files: readonly MadeFile[],
  hubRoot = cache.hubRoot,
): Promise<void> {
  const snapshot = path.join(
    hubRoot,
    `models--${spec.repo.replace('/', '--')}`,
    'snapshots',
    spec.commit,
  );
  for (const filePath of spec.paths) {
    const content = await fs.readFile(path.join(snapshot, filePath));
    assert.ok(
      content.equals(files.find((file) => file.path === filePath)?.content ?? Buffer.alloc(0)),
      filePath,
    );
  }
}

/** What the scan calls verified has the bytes of its digest; nothing else is offered as a file. */
async function assertHonest(store: ModelStore): Promise<void> {
  for (const { snapshots } of (await store.scan()).repos) {
    for (const snapshot of snapshots) {
      for (const file of snapshot.files) {
        if (!file.verified) continue;
        const content = await fs.readFile(path.join(snapshot.path, file.path));
        assert.ok(file.digest);
        const hasher =
          file.digest.algorithm === 'sha256'
            ? createHash('sha256')
            : digestHasher('git-sha1', content.length);
        assert.equal(hasher.update(content).digest('hex'), file.digest.hex, file.path);
      }
    }
  }
}
