import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError, causeText } from '../../../src/common/asrError';
import { fastClock } from '../download/support/fastClock';
import { CacheFixture, exists, install, listing, made, specOf } from './support/cacheFixture';
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
        const refusals = { heldMs: 40, except: 'setting' };
        const refused = await during(refusals, () => operation.run(next, cache));
        assert.ok(refused > 0, 'something was refused');
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
        const next = cache.open({ ownsRoot: true, clock: fastClock(2_000) });
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
