import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isAsrError } from '../../../src/common/asrError';
import { realPartialFiles } from '../../../src/download/files/partialFiles';
import { fastClock } from '../download/support/fastClock';
import {
  CacheFixture,
  exists,
  install,
  listing,
  made,
  specOf,
  treeEntry,
} from './support/cacheFixture';

const model = made('w/model.bin', Buffer.alloc(9_000, 7), true);
const files = [made('config.json', '{}'), model];
const spec = specOf('org/model', files);
const sha = treeEntry(model).digest.hex;
const isRoot = process.getuid?.() === 0;

describe('a cache that several programs share', () => {
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create();
  });
  afterEach(() => cache.remove());

  /** Another editor: the same cache, a storage of its own. */
  const other = (name = 'other'): ReturnType<CacheFixture['open']> =>
    cache.open({ stateRoot: path.join(cache.root, name) });

  it('lets one of two editors with storages of their own download a file', async () => {
    const prepared = await cache.store.prepare(spec);
    await assert.rejects(other().prepare(spec), (error: unknown) => {
      assert.ok(isAsrError(error));
      assert.equal(error.details.isBusyElsewhere, true);
      return true;
    });
    await prepared.release();
    await install(other(), spec, files);
  });

  it('knows in each of them what another has verified, and which files are theirs', async () => {
    await install(cache.store, spec, files);
    const [repo] = (await other().scan()).repos;
    assert.deepEqual(
      repo?.snapshots[0]?.files.map(({ verified }) => verified),
      [true, true],
    );
    assert.ok((await other().clear()) > 0, 'another editor may clear it');
  });

  it('is not moved or emptied by one while another downloads', async () => {
    const prepared = await cache.store.prepare(spec);
    await assert.rejects(other().uninstall(), /is being downloaded/);
    const switchTo = (): Promise<void> => Promise.resolve();
    const to = path.join(cache.root, 'new');
    await assert.rejects(other().moveTo(to, { mode: 'move', switchTo }), /is being downloaded/);
    await prepared.release();
  });

  it('takes over what an earlier version remembered in its own storage', async () => {
    await install(cache.store, spec, files);
    const shared = cache.hub('.locks/asr/verified.jsonl');
    const { createHash } = await import('node:crypto');
    const id = createHash('sha256').update(cache.hubRoot).digest('hex').slice(0, 12);
    const old = path.join(cache.stateRoot, `verified-${id}.jsonl`);
    await fs.rename(shared, old);
    const store = cache.open();
    const isVerified = async (): Promise<boolean | undefined> =>
      (await store.scan()).repos[0]?.snapshots[0]?.files.every(({ verified }) => verified);
    assert.equal(await isVerified(), true);
    await store.cleanUp([]);
    assert.deepEqual([await exists(old), await exists(shared)], [false, true]);
    assert.equal(await isVerified(), true);
  });

  it('continues after a person deleted all shared files', async () => {
    const prepared = await cache.store.prepare(spec);
    await fs.rm(cache.hub('.locks'), { recursive: true });
    for (const { partialPath, entry } of prepared.files) {
      await fs.writeFile(partialPath, files.find((one) => one.path === entry.path)?.content ?? '');
      await prepared.publish(entry.path);
    }
    await prepared.complete();
    await prepared.release();
    await fs.rm(cache.hub('.locks'), { recursive: true });
    const again = await other().prepare(spec);
    assert.deepEqual(
      again.files.map(({ state }) => state),
      ['present', 'present'],
    );
    await again.release();
  });

  it('is left without a trace of ours when everything is removed', async () => {
    await install(cache.store, spec, files);
    await fs.writeFile(cache.hub('.locks/asr/old.lock'), '{}');
    await fs.mkdir(cache.hub('.locks/asr/windows'), { recursive: true });
    await fs.writeFile(cache.hub('.locks/asr/windows/changed'), 'x');
    await cache.store.uninstall();
    assert.deepEqual([await exists(cache.hubRoot), await exists(cache.stateRoot)], [false, false]);
  });

  it('keeps a neighbour’s file in a repository’s folder, and nothing of ours beside it', async () => {
    await install(cache.store, spec, files);
    await fs.writeFile(cache.hub('models--org--model/notes.txt'), 'theirs');
    await cache.store.clear();
    const left = await listing(cache.hub('models--org--model'));
    assert.deepEqual(
      left.map((line) => line.split(' ')[0]),
      ['notes.txt', 'snapshots/'],
    );
  });

  it('has nothing left of file lists and temporary files that a killed download left', async () => {
    const store = cache.open({ ports: { isAlive: () => false } });
    await install(store, spec, files);
    const stray = cache.hub('models--org--model/trees', `${'e'.repeat(40)}.json`);
    await fs.copyFile(cache.hub('models--org--model/trees', `${spec.commit}.json`), stray);
    const uuid = '00000000-0000-4000-8000-000000000000';
    const temporaries = [`${uuid}.tmp`, `${sha}.json.tmp`, `${sha}.json.${uuid}.tmp`];
    const partial = cache.hub('models--org--model/partial');
    for (const name of temporaries) await fs.writeFile(path.join(partial, name), 'x');
    await (await store.prepare(spec)).release();
    assert.deepEqual(await fs.readdir(partial), []);
    await fs.writeFile(cache.hub('models--org--model/notes.txt'), 'theirs');
    await store.removeFiles('org/model', spec.commit, spec.paths);
    assert.equal(await exists(stray), false);
  });

  it('gives a download with thousands of files one lock, and starts and cancels it at once', async () => {
    const many = Array.from({ length: 1_200 }, (_, index) =>
      made(`part/${String(index)}.bin`, `content ${String(index)}`, true),
    );
    const manySpec = specOf('org/many', many);
    let changes = 0;
    const step = (): void => {
      changes++;
    };
    const prepared = await cache.open({ ports: { step } }).prepare(manySpec);
    // It took 7.9 s with a lock for each file, each of which changed the disk three times.
    assert.ok(changes < 100, `${changes} changes of the disk`);
    const locks = (await fs.readdir(cache.hub('.locks/asr'))).filter((one) =>
      one.endsWith('.lock'),
    );
    assert.equal(locks.length, 1);
    for (const { partialPath, journalPath } of prepared.files) {
      await fs.writeFile(partialPath, '');
      await fs.writeFile(journalPath, '{}');
    }
    changes = 0;
    await prepared.discardPartials();
    assert.ok(changes < 2 * many.length + 100, `${changes} changes of the disk`);
    assert.equal(await exists(cache.hub('models--org--many')), false);
  });
});

describe('a planted file in a cache that others can write to', () => {
  let cache: CacheFixture;
  let outside: string;
  let partial: string;
  beforeEach(async () => {
    cache = await CacheFixture.create();
    await (await cache.store.prepare(spec)).release();
    outside = path.join(cache.root, 'outside.txt');
    await fs.writeFile(outside, 'mine');
    partial = cache.hub('models--org--model/partial', sha);
  });
  afterEach(() => cache.remove());

  const plants: readonly [string, (file: string) => Promise<unknown>][] = [
    ['a link', (file) => fs.symlink(outside, file)],
    ['a link to nothing', (file) => fs.symlink(`${outside}.new`, file)],
    ['a second name of a file', (file) => fs.link(outside, file)],
    ['a folder', (file) => fs.mkdir(path.join(file, 'inner'), { recursive: true })],
    ['a pipe', (file) => Promise.resolve(execFileSync('mkfifo', [file]))],
  ];
  for (const [what, plant] of process.platform === 'win32' ? plants.slice(0, -1) : plants) {
    for (const name of [sha, `${sha}.json`]) {
      it(`(${what} at ${name.includes('.') ? 'a journal' : 'a partial'}) is never written through`, async () => {
        await plant(path.join(path.dirname(partial), name));
        await plant(cache.hub('.locks/asr/verified.jsonl.planted'));
        await install(cache.store, spec, files);
        assert.equal(await fs.readFile(outside, 'utf8'), 'mine');
        assert.equal(await exists(`${outside}.new`), false);
        const entry = cache.hub('models--org--model/snapshots', spec.commit, 'w/model.bin');
        const bytes = await fs.lstat(await fs.realpath(entry));
        assert.deepEqual([bytes.isFile(), bytes.nlink], [true, 1]);
      });
    }

    if (what !== 'a folder') {
      it(`(${what}) that comes after the preparation is refused by the downloader`, async () => {
        await plant(partial);
        await assert.rejects(async () => {
          const file = await realPartialFiles.open(partial);
          await file.close();
        });
        assert.equal(await fs.readFile(outside, 'utf8'), 'mine');
        assert.equal(await exists(`${outside}.new`), false);
      });
    }
  }

  it('(a link at the ledger) is never written through', async () => {
    const ledger = cache.hub('.locks/asr/verified.jsonl');
    await fs.rm(ledger, { force: true });
    await fs.symlink(outside, ledger);
    await install(cache.store, spec, files).catch((error: unknown) => assert.ok(isAsrError(error)));
    assert.equal(await fs.readFile(outside, 'utf8'), 'mine');
  });

  if (isRoot) {
    it('(another user’s partial) is gone on with, and is this user’s own then', async () => {
      const { content } = model;
      await fs.writeFile(partial, content);
      await fs.writeFile(`${partial}.json`, '{}');
      await fs.chown(partial, 65_534, 65_534);
      const prepared = await cache.store.prepare(spec);
      const stats = await fs.stat(partial);
      assert.equal(stats.uid, 0);
      assert.deepEqual(await fs.readFile(partial), content);
      await prepared.release();
    });

    it('(a partial that changes its owner) is not published', async () => {
      const prepared = await cache.store.prepare(spec);
      await fs.writeFile(partial, model.content);
      await fs.chown(partial, 65_534, 65_534);
      await assert.rejects(prepared.publish('w/model.bin'), { code: 'integrity' });
      await prepared.release();
    });
  }

  if (process.platform !== 'win32') {
    it('has the mode that the user’s mask says, so that a group can resume it', async () => {
      const before = process.umask(0o002);
      try {
        const file = await realPartialFiles.open(partial);
        await file.close();
        await realPartialFiles.replaceText(`${partial}.json`, '{}');
        const modes = [partial, `${partial}.json`].map(async (one) => (await fs.stat(one)).mode);
        assert.deepEqual(
          (await Promise.all(modes)).map((mode) => mode & 0o777),
          [0o664, 0o664],
        );
      } finally {
        process.umask(before);
      }
    });
  }
});

describe('a whole model in a folder that can’t be changed', () => {
  for (const code of ['EROFS', 'EACCES', 'EPERM']) {
    it(`(${code}) can be asked for again, and nothing is changed`, async () => {
      const cache = await CacheFixture.create();
      try {
        await install(cache.store, spec, files);
        // Where nothing is remembered either, its bytes are hashed.
        await fs.rm(cache.hub('.locks'), { recursive: true });
        const before = await listing(cache.hubRoot);
        const step = (operation: string, file: string): void => {
          if (!file.startsWith(cache.hubRoot)) return;
          throw Object.assign(new Error(`${code}: ${operation} ${file}`), { code, path: file });
        };
        const stateRoot = path.join(cache.root, 'other');
        // Refusals that no permission explains are waited for; here time flies.
        const readOnly = cache.open({ stateRoot, clock: fastClock(5_000), ports: { step } });
        for (let round = 0; round < 2; round++) {
          const prepared = await readOnly.prepare(spec);
          assert.deepEqual(
            prepared.files.map(({ state }) => state),
            ['present', 'present'],
          );
          await prepared.complete();
          await prepared.release();
        }
        assert.deepEqual(await listing(cache.hubRoot), before);
        const [repo] = (await readOnly.scan()).repos;
        assert.deepEqual(
          repo?.snapshots[0]?.files.map(({ verified }) => verified),
          [true, true],
        );
        await fs.rm(cache.hub('models--org--model/snapshots', spec.commit, 'config.json'));
        await assert.rejects(readOnly.prepare(spec), (error: unknown) => {
          assert.ok(isAsrError(error));
          assert.equal(error.code, 'diskPermission');
          assert.ok(error.message.includes(cache.hubRoot), error.message);
          return true;
        });
      } finally {
        await cache.remove();
      }
    });
  }

  it('is named by its path when no link can be made in it', async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'asr-link-'));
    try {
      const { fileError } = await import('../../../src/common/fileErrors');
      const link = path.join(folder, 'missing', 'link');
      const refused = Object.assign(new Error('EACCES'), {
        code: 'EACCES',
        syscall: 'symlink',
        path: 'nothing',
        dest: link,
      });
      const error = fileError(refused, folder);
      assert.ok(isAsrError(error) && error.message.includes(link));
    } finally {
      await fs.rm(folder, { recursive: true });
    }
  });
});
