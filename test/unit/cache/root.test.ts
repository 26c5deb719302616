import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AsrError } from '../../../src/common/asrError';
import { systemClock } from '../../../src/common/clock';
import { errnoOf, fileError, isDiskFull } from '../../../src/common/fileErrors';
import { expandPath } from '../../../src/common/hubEnvironment';
import { CacheFixture, install, made, specOf } from './support/cacheFixture';

const files = [made('model.bin', Buffer.alloc(9_000, 1), true)];
const spec = specOf('org/tiny', files);
const isRefused = (error: unknown): boolean =>
  error instanceof AsrError && error.code === 'diskPermission';

describe('the folder of the cache', () => {
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create();
  });
  afterEach(() => cache.remove());

  it('that is a file is reported, and has no models', async () => {
    const hubRoot = path.join(cache.root, 'a file');
    await writeFile(hubRoot, '');
    const store = cache.open({ hubRoot });
    assert.deepEqual((await store.scan()).repos, []);
    assert.equal((await store.folderState()).kind, 'notAFolder');
    await assert.rejects(store.prepare(spec), isRefused);
  });

  for (const hubRoot of [
    'models',
    './models',
    '~/models',
    '$HOME/models',
    '${userHome}/models',
    '%X%',
  ]) {
    it(`is refused as ${hubRoot}: nothing is made where this process happens to run`, async () => {
      const store = cache.open({ hubRoot });
      await assert.rejects(store.prepare(spec), (error) => {
        assert.match(String(error), /is not a whole path/);
        return isRefused(error);
      });
      await assert.rejects(store.clear(), isRefused);
      assert.deepEqual((await store.scan()).repos, []);
      assert.equal((await store.folderState()).kind, 'notAFolder');
      assert.equal(store.hubRoot, hubRoot);
      assert.equal(existsSync(path.resolve(hubRoot)), false);
    });
  }

  it('answers where a folder can’t be made and Node alone would try for ever', async function () {
    // Only Linux has such a place.
    if (process.platform !== 'linux') this.skip();
    const store = cache.open({ hubRoot: '/proc/asr-models/hub' });
    await assert.rejects(store.prepare(spec), AsrError);
  });

  it('answers when its disk does not', async () => {
    const timers: (() => void)[] = [];
    const after = (_ms: number, task: () => void): { dispose: () => void } => {
      timers.push(task);
      return { dispose: () => undefined };
    };
    const store = cache.open({ clock: { ...systemClock, after } });
    const { disk } = store.stateAccess;
    const makeFolder = disk.makeFolder.bind(disk);
    disk.makeFolder = async (folder) => {
      if (folder !== cache.hubRoot) {
        await makeFolder(folder);
        return;
      }
      setImmediate(() => {
        for (const task of timers) task();
      });
      await new Promise(() => undefined);
    };
    await assert.rejects(store.prepare(spec), (error) => {
      assert.match(String(error), /does not answer/);
      return isRefused(error);
    });
  });

  it('is one for a repository in two spellings where case does not count', async () => {
    const ports = { ignoresCase: true };
    const lower = specOf('org/model', files);
    await install(cache.open({ ports }), lower, files);
    const prepared = await cache.open({ ports }).prepare({ ...lower, repo: 'Org/Model' });
    assert.deepEqual(
      prepared.files.map(({ state }) => state),
      ['present'],
    );
    await prepared.complete();
    await prepared.release();
    assert.ok(!(await readdir(cache.hubRoot)).includes('models--Org--Model'));
    const [repo] = (await cache.open({ ports }).scan()).repos;
    assert.equal(repo?.repo, 'org/model');
    assert.deepEqual(
      repo.snapshots[0]?.files.map(({ verified }) => verified),
      [true],
    );
  });
});

describe('a path as a person writes it', () => {
  const environment = { HOME: '/home/ada', DATA: '/data', EMPTY: '' };
  const cases: readonly (readonly [string, string])[] = [
    ['~', '/home/ada'],
    ['~/models', '/home/ada/models'],
    ['$HOME/models', '/home/ada/models'],
    ['${HOME}/models', '/home/ada/models'],
    ['${env:DATA}/models', '/data/models'],
    ['${userHome}/models', '/home/ada/models'],
    ['%DATA%/models', '/data/models'],
    ['/srv/~/models', '/srv/~/models'],
    ['~ada/models', '~ada/models'],
    ['$NOWHERE/models', '$NOWHERE/models'],
    ['$EMPTY/models', '$EMPTY/models'],
    ['', ''],
  ];
  for (const [written, meant] of cases) {
    it(`${written || 'nothing'} is ${meant || 'nothing'}`, () =>
      assert.equal(expandPath(written, environment, '/home/ada'), meant));
  }
});

describe('failures that Node tells by a number alone', () => {
  const failure = (errno: number): Error =>
    Object.assign(new Error(`Unknown system error ${String(errno)}`), {
      code: `Unknown system error ${String(errno)}`,
      errno,
    });

  it('a quota that is used up is a full disk', () => {
    assert.equal(errnoOf(failure(-122), 'linux'), 'EDQUOT');
    assert.equal(errnoOf(failure(-69), 'darwin'), 'EDQUOT');
    assert.equal(errnoOf(failure(-122), 'darwin'), 'Unknown system error -122');
    if (process.platform !== 'linux') return;
    assert.ok(isDiskFull(failure(-122)));
    const error = fileError(failure(-122), '/models');
    assert.ok(error instanceof AsrError);
    assert.equal(error.code, 'diskSpace');
  });
});
