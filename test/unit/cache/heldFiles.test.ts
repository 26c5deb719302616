import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError, causeText } from '../../../src/common/asrError';
import { fastClock } from '../download/support/fastClock';
import {
  CacheFixture,
  commitOf,
  exists,
  install,
  listing,
  made,
  specOf,
} from './support/cacheFixture';
import { assertSurvives, operations } from './support/killOperations';
import { assertCleanForOthers } from './support/killPoints';
import { playWindows, type PlayedRefusals } from './support/playedWindows';

const files = [made('config.json', '{}'), made('w/model.bin', Buffer.alloc(9_000, 7), true)];
const spec = specOf('org/model', files);

/** Work under played refusals, which end with it; the number of refusals. */
async function during(refusals: PlayedRefusals, work: () => Promise<unknown>): Promise<number> {
  const played = playWindows(refusals);
  try {
    await work();
  } finally {
    played.end();
  }
  return played.refused();
}

describe('a program that looks at every new file', () => {
  for (const operation of operations) {
    it(`for a moment only makes ${operation.name} slower`, async () => {
      const cache = await CacheFixture.create({ ownsRoot: true });
      try {
        await operation.given(cache.store);
        const next = cache.open({ ownsRoot: true });
        // The test's own setting is not the cache's to wait for.
        // Longer than a busy machine takes from the last write to the first call.
        const refusals = { heldMs: 150, except: 'setting' };
        const refused = await during(refusals, () => operation.run(next, cache));
        assert.ok(refused > 0, 'something was refused');
        await operation.done(cache.open({ ownsRoot: true }), cache);
        assertCleanForOthers(cache.hubRoot);
      } finally {
        await cache.remove();
      }
    });

    it(`for itself alone, for a moment, only makes ${operation.name} slower`, async () => {
      const cache = await CacheFixture.create({ ownsRoot: true });
      try {
        await operation.given(cache.store);
        const next = cache.open({ ownsRoot: true });
        const refusals = { heldMs: 40, isExclusive: true, except: 'setting' };
        await during(refusals, () => operation.run(next, cache));
        await operation.done(cache.open({ ownsRoot: true }), cache);
        assertCleanForOthers(cache.hubRoot);
      } finally {
        await cache.remove();
      }
    });

    it(`and never closes it ends ${operation.name} with a sentence, and nothing is lost`, async () => {
      const cache = await CacheFixture.create({ ownsRoot: true });
      try {
        await operation.given(cache.store);
        const next = cache.open({ ownsRoot: true, clock: fastClock(300) });
        let failure: unknown;
        const refused = await during({ heldMs: Infinity, only: 'models--org--model' }, async () => {
          await operation.run(next, cache).catch((error: unknown) => (failure = error));
        });
        // A removal of everything reports what it could not remove, and an import goes elsewhere.
        if (failure === undefined)
          assert.ok(refused === 0 || operation.name === 'remove everything');
        else {
          assert.ok(failure instanceof AsrError, causeText(failure));
          assert.match(failure.message, /is in use by another program\. Close that program/);
        }
        await assertSurvives(operation, cache.open({ ownsRoot: true }), cache);
      } finally {
        await cache.remove();
      }
    });
  }

  it('for a moment only makes an import slower', async () => {
    const cache = await CacheFixture.create({ ownsRoot: true });
    try {
      const source = path.join(cache.root, 'model.safetensors');
      await fs.writeFile(source, Buffer.from('\x02\0\0\0\0\0\0\0{}', 'latin1'));
      await during({ heldMs: 40 }, () => cache.store.importModel(source));
      const [repo] = (await cache.store.scan()).repos;
      assert.equal(repo?.snapshots[0]?.files.length, 1);
      const left = await listing(cache.hub('.locks'));
      assert.deepEqual(
        left.filter((line) => line.includes('staging')),
        [],
      );
    } finally {
      await cache.remove();
    }
  });

  it('holds up no refusal that the permissions explain', async function () {
    if (process.getuid?.() === 0 || process.platform === 'win32') this.skip(); // The superuser is never refused.
    const cache = await CacheFixture.create();
    try {
      await fs.mkdir(cache.hubRoot, { mode: 0o555 });
      await assert.rejects(install(cache.store, spec, files), { code: 'diskPermission' });
    } finally {
      await cache.remove();
    }
  });
});

describe('a file that another program holds exclusively', () => {
  const newer = [made('config.json', '{"v":2}'), files[1] ?? made('none', '')];
  const newSpec = specOf('org/model', newer, { commit: commitOf('newer') });
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create();
    await install(cache.store, spec, files);
    await install(cache.store, newSpec, newer);
  });
  afterEach(() => cache.remove());
  const forEver = (only: string): PlayedRefusals => ({ heldMs: Infinity, isExclusive: true, only });
  /** As if it had just been written, so that it is held for a moment. */
  const touch = (file: string): Promise<void> => fs.utimes(file, new Date(), new Date());
  const nothing = (): boolean => false;

  it('is not taken for missing: without its ref no version is an old one', async () => {
    const [offered] = await cache.store.cleanUpItems(nothing);
    assert.equal(offered?.kind, 'oldRevision');
    const ref = cache.hub('models--org--model/refs/main');
    const next = cache.open({ clock: fastClock(300) });
    await during(forEver(ref), async () => {
      assert.deepEqual(await next.cleanUpItems(nothing), []);
      const problems = (await next.scan()).problems.join();
      assert.match(problems, /refs[\\/]main can’t be read \(EBUSY\)/);
      await assert.rejects(next.cleanUp([offered]), /is in use by another program/);
    });
    const [repo] = (await next.scan()).repos;
    assert.deepEqual(
      repo?.snapshots.map(({ refs }) => refs).sort((a, b) => a.length - b.length),
      [[], ['main']],
      'and is read as soon as it can be',
    );
    await touch(ref);
    await during({ heldMs: 60, isExclusive: true, only: ref }, () => next.cleanUp([offered]));
    assert.deepEqual((await next.scan()).repos[0]?.snapshots[0]?.refs, ['main']);
  });

  it('loses nothing that is remembered of it: the ledger of files, and that of folders', async () => {
    const ledger = cache.hub('.locks/asr/verified.jsonl');
    const folders = path.join(cache.stateRoot, 'folders.json');
    for (const file of [ledger, folders]) await touch(file);
    const refused = await during(
      { heldMs: 100, isExclusive: true, only: path.dirname(cache.hubRoot) },
      async () => {
        await cache.open().cleanUp([]);
        const elsewhere = cache.open({ hubRoot: path.join(cache.root, 'elsewhere') });
        await install(elsewhere, specOf('org/other', files), files);
      },
    );
    assert.ok(refused > 0);
    const known = await fs.readFile(folders, 'utf8');
    for (const folder of ['hub', 'elsewhere']) assert.match(known, new RegExp(`[\\\\/]${folder}"`));
    const scanned = (await cache.open().scan()).repos.flatMap(({ snapshots }) => snapshots);
    assert.ok(scanned.every((one) => one.files.every(({ verified }) => verified)));
    await cache.open().clear();
    assert.deepEqual(
      (await cache.open().scan()).repos,
      [],
      'all of it was ours, and is known to be',
    );
  });

  it('is waited for when it is the bundle that an export has made', async () => {
    const target = path.join(cache.root, 'bundle.tar');
    const models = [spec, newSpec].map(({ repo, commit, paths, revision }) => ({
      repo,
      commit,
      paths,
      revision,
      name: repo,
    }));
    const refusals = { heldMs: 60, isExclusive: true, only: 'bundle.tar' };
    const refused = await during(refusals, () => cache.store.exportBundle(models, target));
    assert.ok(refused > 0);
    assert.equal(await exists(target), true);
  });
});

describe('a disk without links', () => {
  for (const linkError of ['EPERM', 'EISDIR'] as const) {
    it(`(${linkError}) is known before the first byte, and takes the files themselves`, async () => {
      const cache = await CacheFixture.create();
      try {
        await during({ heldMs: 0, linkError }, async () => {
          const prepared = await cache.store.prepare(spec);
          await prepared.release();
          await install(cache.store, spec, files);
        });
        const entry = cache.hub('models--org--model/snapshots', spec.commit, 'w/model.bin');
        assert.equal((await fs.lstat(entry)).isFile(), true);
        const [repo] = (await cache.store.scan()).repos;
        assert.deepEqual(
          repo?.snapshots[0]?.files.map(({ verified }) => verified),
          [true, true],
        );
        assert.equal(await exists(cache.hub('models--org--model/blobs', 'x')), false);
      } finally {
        await cache.remove();
      }
    });
  }
});
