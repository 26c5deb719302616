import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { Disk } from '../../../src/cache/disk';
import { type LockOwner, systemLiveness, thisProcess } from '../../../src/cache/locks';
import { Locks } from '../../../src/cache/locks';
import { systemClock } from '../../../src/common/clock';
import { silentLogger } from '../../../src/common/logger';
import { bundled } from '../download/support/workerBundle';
import { CacheFixture, commitOf, install, made, specOf } from './support/cacheFixture';
import { assertCleanForOthers } from './support/killPoints';

describe('locks between processes', () => {
  let cache: CacheFixture;
  let locks: Locks;
  let folder: string;
  beforeEach(async () => {
    cache = await CacheFixture.create();
    folder = path.join(cache.stateRoot, 'locks');
    locks = new Locks(
      folder,
      new Disk([cache.stateRoot]),
      systemClock,
      silentLogger,
      systemLiveness(() => Date.now()),
    );
  });
  afterEach(() => cache.remove());

  const leave = async (name: string, owner: Partial<LockOwner>): Promise<void> => {
    const place = path.join(folder, `${name}.lock`);
    await fs.mkdir(place, { recursive: true });
    const whole = {
      ...thisProcess(),
      token: 'a'.repeat(12),
      sinceMs: 0,
      purpose: 'test',
      ...owner,
    };
    await fs.writeFile(path.join(place, 'owner.json'), JSON.stringify(whole));
  };

  it('lets one have it, tells the other who, and passes it on', async () => {
    const first = await locks.tryTake('x', 'first');
    assert.ok('lock' in first);
    const second = await locks.tryTake('x', 'second');
    assert.ok('owner' in second);
    assert.deepEqual([second.owner.pid, second.owner.purpose], [process.pid, 'first']);
    const waiting = locks.take('x', 'third', 5_000);
    await first.lock.release();
    const third = await waiting;
    assert.ok(third);
    await third.release();
    assert.deepEqual(await fs.readdir(folder), []);
  });

  it('gives up waiting when its patience ends', async () => {
    const first = await locks.tryTake('x', 'first');
    assert.ok('lock' in first);
    assert.equal(await locks.take('x', 'second', 10), undefined);
    await first.lock.release();
  });

  it('takes over from an owner that died, also when its process id lives again', async () => {
    await leave('dead', { pid: 2 ** 22 + 1 });
    await leave('reborn', { pid: process.pid, processStart: '1' });
    for (const name of process.platform === 'linux' ? ['dead', 'reborn'] : ['dead']) {
      const attempt = await locks.tryTake(name, 'next');
      assert.ok('lock' in attempt, name);
      await attempt.lock.release();
    }
  });

  it('believes another computer’s lock while it is refreshed', async () => {
    await leave('far', { host: 'another-computer', pid: 1 });
    assert.ok('owner' in (await locks.tryTake('far', 'me')));
    const old = new Date(Date.now() - 3_600_000);
    await fs.utimes(path.join(folder, 'far.lock/owner.json'), old, old);
    const attempt = await locks.tryTake('far', 'me');
    assert.ok('lock' in attempt);
    await attempt.lock.release();
  });

  it('takes over a lock that damage left without an owner', async () => {
    await fs.mkdir(path.join(folder, 'odd.lock'), { recursive: true });
    await fs.writeFile(path.join(folder, 'odd.lock/owner.json'), '{"pid":');
    const attempt = await locks.tryTake('odd', 'me');
    assert.ok('lock' in attempt);
    await attempt.lock.release();
  });

  it('never has two holders, with a dead owner to clear away at the start', async () => {
    await leave('busy', { pid: 2 ** 22 + 1 });
    let holders = 0;
    let most = 0;
    let turns = 0;
    const worker = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn++) {
        const lock = await locks.take('busy', 'worker', 60_000);
        assert.ok(lock);
        holders++;
        most = Math.max(most, holders);
        await new Promise((resolve) => setImmediate(resolve));
        holders--;
        turns++;
        await lock.release();
      }
    };
    await Promise.all(Array.from({ length: 5 }, worker));
    assert.deepEqual([most, turns], [1, 50]);
  });

  it('releases only its own: one that was taken over stays with its new owner', async () => {
    const first = await locks.tryTake('x', 'first');
    assert.ok('lock' in first);
    await fs.rm(path.join(folder, 'x.lock'), { recursive: true });
    const second = await locks.tryTake('x', 'second');
    assert.ok('lock' in second);
    await first.lock.release();
    assert.equal((await locks.ownerOf('x'))?.purpose, 'second');
    await second.lock.release();
  });
});

describe('a process that is ended in the middle of its work', () => {
  it('leaves a clean cache and no lock that holds, six times over', async function () {
    this.timeout(240_000);
    const program = await bundled('test/unit/cache/support/storeLoop.ts');
    const cache = await CacheFixture.create({ ownsRoot: true });
    try {
      for (let round = 0; round < 6; round++) {
        const child = spawn(process.execPath, [program, cache.hubRoot, cache.stateRoot], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        await killWhileWorking(child, 40 + round * 37);
        const store = cache.open({ ownsRoot: true });
        const report = await store.scan();
        assert.deepEqual(report.problems, []);
        assertCleanForOthers(cache.hubRoot);
        for (const repo of report.repos) {
          for (const { commit, files } of repo.snapshots) {
            const verified = await store.verify([
              { repo: repo.repo, commit, paths: files.map((file) => file.path) },
            ]);
            assert.deepEqual([verified.damaged, verified.missing], [[], []]);
          }
        }
        const files = [made('after.bin', `round ${String(round)}`, true)];
        await install(
          store,
          specOf('org/model', files, { commit: commitOf(files[0]?.content.toString() ?? '') }),
          files,
        );
      }
    } finally {
      await cache.remove();
    }
  });
});

async function killWhileWorking(child: ChildProcess, delayMs: number): Promise<void> {
  const ended = once(child, 'exit');
  assert.ok(child.stdout);
  await Promise.race([once(child.stdout, 'data'), ended]);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  child.kill('SIGKILL');
  const [, signal] = (await ended) as unknown[];
  assert.equal(signal, 'SIGKILL', 'it worked until it was ended');
}
