import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { Disk } from '../../../src/cache/disk';
import { type LockOwner, type OwnerLiveness, thisProcess } from '../../../src/cache/lockFile';
import { type Lock, Locks } from '../../../src/cache/locks';
import { type Clock, systemClock } from '../../../src/common/clock';
import { silentLogger } from '../../../src/common/logger';
import { DiskClock } from '../windows/support/diskClock';
import { bundled } from '../download/support/workerBundle';
import { CacheFixture, commitOf, install, made, specOf } from './support/cacheFixture';
import { assertCleanForOthers } from './support/killPoints';

describe('locks between processes', () => {
  let cache: CacheFixture;
  let clock: DiskClock;
  let folder: string;
  const locksOn = (
    own: Clock,
    isAlive?: OwnerLiveness,
    disk: Disk = new Disk([cache.root], own),
  ): Locks => new Locks(folder, disk, own, silentLogger, isAlive);
  let locks: Locks;
  beforeEach(async () => {
    cache = await CacheFixture.create();
    folder = path.join(cache.root, 'locks');
    clock = new DiskClock();
    locks = locksOn(systemClock);
  });
  afterEach(() => cache.remove());

  const fileOf = (name: string): string => path.join(folder, `${name}.lock`);
  const leave = async (name: string, owner: Partial<LockOwner>): Promise<void> => {
    const whole = { ...thisProcess(), token: 'a'.repeat(12), sinceMs: 0, purpose: 'test' };
    await fs.mkdir(folder, { recursive: true });
    await fs.writeFile(fileOf(name), JSON.stringify({ ...whole, ...owner }));
  };
  const mustTake = async (from: Locks, name: string): Promise<Lock> => {
    const attempt = await from.tryTake(name, 'next');
    assert.ok('lock' in attempt, name);
    return attempt.lock;
  };

  it('lets one have it, tells the other who, and passes it on', async () => {
    const first = await mustTake(locks, 'x');
    const second = await locks.tryTake('x', 'second');
    assert.ok('owner' in second);
    assert.deepEqual([second.owner.pid, second.owner.purpose], [process.pid, 'next']);
    const waiting = locks.take('x', 'third', 5_000);
    await first.release();
    const third = await waiting;
    assert.ok(third);
    await third.release();
    assert.deepEqual(await fs.readdir(folder), []);
  });

  it('gives up waiting when its patience ends', async () => {
    const first = await mustTake(locks, 'x');
    assert.equal(await locks.take('x', 'second', 10), undefined);
    await first.release();
  });

  it('takes over at once from an owner of this computer that died, also when its process id lives again', async () => {
    await leave('dead', { pid: 2 ** 22 + 1 });
    await leave('reborn', { pid: process.pid, processStart: '1' });
    for (const name of process.platform === 'linux' ? ['dead', 'reborn'] : ['dead']) {
      await (await mustTake(locks, name)).release();
    }
  });

  const hourMs = 3_600_000;
  const strangers: readonly [string, Partial<LockOwner>, number][] = [
    ['of another computer', { host: 'far', space: 'f'.repeat(16), pid: 1 }, 0],
    ['of a rebuilt container with another name', { host: 'a1b2c3', space: 'e'.repeat(16) }, 0],
    ['of a computer with this one’s name', { space: 'd'.repeat(16), pid: 2 ** 22 + 1 }, 0],
    ['whose clock was an hour ahead', { space: 'c'.repeat(16) }, hourMs],
    ['whose clock was years behind', { space: 'c'.repeat(16) }, -40_000 * hourMs],
    ['whose process id was given to another program', { processStart: undefined as never }, 0],
  ];
  for (const [what, owner, aheadMs] of strangers) {
    it(`believes an owner ${what} for a minute, and no longer`, async () => {
      const observer = locksOn(clock);
      await leave('x', owner);
      const signMs = new Date(Date.now() + aheadMs);
      await fs.utimes(fileOf('x'), signMs, signMs);
      assert.ok('owner' in (await observer.tryTake('x', 'me')));
      await clock.advance(55_000);
      assert.ok('owner' in (await observer.tryTake('x', 'me')));
      await clock.advance(10_000);
      await (await mustTake(observer, 'x')).release();
      await clock.advance(60_000);
      assert.deepEqual(await fs.readdir(folder), []);
    });

    it(`lets an owner ${what} keep it as long as it gives signs of life`, async () => {
      const observer = locksOn(clock);
      await leave('x', owner);
      for (let sign = 0; sign < 20; sign++) {
        const signMs = new Date(Date.now() + aheadMs + sign * 1_000);
        await fs.utimes(fileOf('x'), signMs, signMs);
        assert.ok('owner' in (await observer.tryTake('x', 'me')));
        await clock.advance(30_000);
      }
    });
  }

  it('gives signs of life while it holds one, whatever the time of day does', async () => {
    const [holder, observer] = [locksOn(clock), locksOn(clock)];
    const lock = await mustTake(holder, 'x');
    for (const jumpMs of [0, -hourMs, 2 * hourMs, 1, -1]) {
      clock.jump(jumpMs);
      await clock.advance(120_000);
      assert.ok('owner' in (await observer.tryTake('x', 'me')), String(jumpMs));
    }
    assert.equal(lock.lost.aborted, false);
    await lock.release();
    await (await mustTake(observer, 'x')).release();
  });

  it('does not take a sleep of the computer for the silence of an owner', async () => {
    // Both sleep; the one that looks wakes up first.
    const owner = new DiskClock();
    const holder = locksOn(owner);
    const observer = locksOn(clock);
    const lock = await mustTake(holder, 'x');
    assert.ok('owner' in (await observer.tryTake('x', 'me')));
    clock.sleep(8 * hourMs);
    assert.ok('owner' in (await observer.tryTake('x', 'me')));
    await owner.advance(10_000);
    await clock.advance(45_000);
    assert.ok('owner' in (await observer.tryTake('x', 'me')));
    await lock.release();
  });

  it('tells an owner that slept for longer than a minute that it has lost it', async () => {
    const sleeping = new DiskClock();
    const lock = await mustTake(locksOn(sleeping), 'x');
    const observer = locksOn(clock);
    assert.ok('owner' in (await observer.tryTake('x', 'me')));
    await clock.advance(65_000);
    const next = await mustTake(observer, 'x');
    await sleeping.advance(10_000);
    assert.equal(lock.lost.aborted, true);
    await lock.release();
    assert.equal((await observer.ownerOf('x'))?.purpose, 'next', 'it is the next one’s still');
    await next.release();
  });

  it('is taken away, with all others of the same process, when a person says that the process is gone', async () => {
    const owner = new DiskClock();
    const holder = locksOn(owner);
    const [lock, set] = [await mustTake(holder, 'x'), await holder.tryTakeAll(['a'], 'files')];
    assert.ok('lock' in set);
    const person = locksOn(clock);
    assert.ok('owner' in (await person.tryTakeAll(['a'], 'mine')));
    assert.ok('lock' in (await person.takeOver('x', 'mine')));
    assert.ok('lock' in (await person.tryTakeAll(['a'], 'mine')));
    await owner.advance(10_000);
    assert.deepEqual([lock.lost.aborted, set.lock.lost.aborted], [true, true]);
    assert.ok('owner' in (await holder.tryTake('x', 'again')));
    assert.ok('lock' in (await holder.tryTake('y', 'new')), 'it lives on');
    assert.equal(
      (await person.ownerOf('y'))?.purpose,
      'new',
      'and what it takes from now on is its own',
    );
  });

  it('is the owner’s still when a person deletes all locks', async () => {
    const lock = await mustTake(locksOn(clock), 'x');
    await fs.rm(folder, { recursive: true });
    await clock.advance(10_000);
    const observer = locksOn(clock);
    assert.ok('owner' in (await observer.tryTake('x', 'me')));
    await lock.release();
    assert.deepEqual(await fs.readdir(folder), []);
  });

  it('takes over a lock that damage left without an owner, after a minute', async () => {
    const observer = locksOn(clock);
    await fs.mkdir(path.join(fileOf('folder'), 'inner'), { recursive: true });
    await fs.writeFile(fileOf('odd'), '{"pid":');
    await fs.symlink('/etc/passwd', fileOf('link'));
    const names = ['folder', 'odd', 'link'];
    for (const name of names) {
      const attempt = observer.tryTake(name, 'me');
      await clock.advance(1_000);
      assert.ok('owner' in (await attempt), name);
    }
    await clock.advance(70_000);
    for (const name of names) await (await mustTake(observer, name)).release();
  });

  it('waits some seconds for an owner that has not written itself into its lock, and takes it over then', async () => {
    // Its process was ended between the two.
    await fs.mkdir(folder, { recursive: true });
    await fs.writeFile(fileOf('unwritten'), '');
    let isOver = false;
    const attempt = locksOn(clock).tryTake('unwritten', 'next');
    void attempt.then(() => (isOver = true));
    await clock.advance(4_000);
    assert.ok(!isOver, 'its owner may be writing');
    await clock.advance(4_000);
    const taken = await attempt;
    assert.ok('lock' in taken);
    await taken.lock.release();
    assert.deepEqual(await fs.readdir(folder), []);
  });

  it('is not its creator’s who slept before writing, when another has taken it meanwhile', async () => {
    const disk = new Disk([cache.root], clock);
    const sleepy = Object.assign(Object.create(disk) as Disk, {
      async createFile(target: string, text: string): Promise<void> {
        // Another process took the unwritten lock for an ended process's, and has it now.
        await leave('x', { token: 'b'.repeat(12) });
        await clock.advance(10_000);
        assert.ok(target === fileOf('x') && text !== '');
      },
    });
    const attempt = await locksOn(clock, undefined, sleepy).tryTake('x', 'late');
    assert.ok('owner' in attempt);
    assert.equal(attempt.owner.token, 'b'.repeat(12));
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
    const first = await mustTake(locks, 'x');
    await fs.rm(fileOf('x'));
    const second = await locks.tryTake('x', 'second');
    assert.ok('lock' in second);
    await first.release();
    assert.equal((await locks.ownerOf('x'))?.purpose, 'second');
    await second.lock.release();
  });

  it('keeps trying to release a lock that another program holds up, which this process may take meanwhile', async () => {
    let isHeld = true;
    class HeldUp extends Disk {
      override remove(target: string, options?: { readonly retry?: boolean }): Promise<boolean> {
        if (!isHeld) return super.remove(target, options);
        return Promise.reject(Object.assign(new Error('held'), { code: 'EPERM' }));
      }
    }
    const holder = locksOn(clock, undefined, new HeldUp([cache.root], clock));
    const lock = await mustTake(holder, 'x');
    await lock.release();
    assert.deepEqual(await fs.readdir(folder), ['x.lock']);
    await clock.advance(20_000);
    isHeld = false;
    await clock.advance(6_000);
    assert.deepEqual(await fs.readdir(folder), []);
  });

  it('takes thousands of names with one file, all or none of them', async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => String(index).padStart(64, '0'));
    const all = await locks.tryTakeAll(names, 'all');
    assert.ok('lock' in all);
    assert.equal((await fs.readdir(folder)).length, 1);
    assert.ok('owner' in (await locks.tryTakeAll(['new', names[4_999] ?? ''], 'one of them')));
    const other = await locks.tryTakeAll(['new'], 'none of them');
    assert.ok('lock' in other);
    await Promise.all([all.lock.release(), other.lock.release()]);
    assert.deepEqual(await fs.readdir(folder), []);
  });

  it('removes before its first one what processes that are gone have left', async () => {
    await leave('old', { pid: 2 ** 22 + 1 });
    await leave('far', { space: 'f'.repeat(16) });
    const next = locksOn(clock);
    await (await mustTake(next, 'x')).release();
    await clock.advance(70_000);
    assert.deepEqual(await fs.readdir(folder), []);
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
