import * as fs from 'node:fs/promises';
import { CacheFixture } from './support/cacheFixture';
import { countChanges } from './support/faultSweep';
import { assertSurvives, type Operation, operations } from './support/killOperations';
import { KillPoint, randomPoints, untilKilled } from './support/killPoints';
import { type Loss, PowerCut } from './support/powerCut';

/*
 * The power can go at any change of the disk. What was not flushed is lost then, renames too. The long form
 * (ASR_LONG_TESTS=1) takes every change.
 */
const isLong = process.env['ASR_LONG_TESTS'] === '1';
const seed = Number(process.env['ASR_TEST_SEED'] ?? 20_261_130);
const shortPoints = 12;
const names = ['publish', 'update', 'repair', 'move', 'import', 'import of a bundle'];

describe('a power cut', () => {
  const cuts = new Set<PowerCut>();
  let unwatch: () => void = () => undefined;
  before(async function () {
    // Which file a handle is of is asked of /proc.
    if (process.platform !== 'linux') return this.skip();
    unwatch = await PowerCut.watch(() => cuts);
  });
  after(() => unwatch());

  for (const operation of operations.filter(({ name }) => names.includes(name))) {
    it(`anywhere in ${operation.name} loses nothing that was there, and offers nothing that is not (seed ${String(seed)})`, async function () {
      this.timeout(isLong ? 3_600_000 : 240_000);
      const base = await CacheFixture.create({ ownsRoot: true });
      try {
        await operation.given(base.store);
        const total = await countChanges(operation, base);
        const points = isLong
          ? Array.from({ length: total + 1 }, (_, index) => index + 1)
          : [...new Set([...randomPoints(seed, shortPoints, total), total + 1])];
        for (const point of points) await cutAt(operation, base, point);
      } finally {
        await base.remove();
      }
    });
  }

  async function cutAt(operation: Operation, base: CacheFixture, point: number): Promise<void> {
    const cache = await base.copy();
    const cut = new PowerCut(cache.root);
    cuts.add(cut);
    try {
      const kill = new KillPoint(point);
      const ports = { step: kill.step, canSymlink: true };
      await untilKilled(kill, () => operation.run(cache.open({ ownsRoot: true, ports }), cache));
      cuts.delete(cut);
      for (const loss of ['nothing unflushed', 'names alone'] as const) {
        await survive(operation, cache, cut, loss, `${String(point)}: ${kill.place}`);
      }
    } finally {
      cuts.delete(cut);
      await cache.remove();
    }
  }

  async function survive(
    operation: Operation,
    cache: CacheFixture,
    cut: PowerCut,
    loss: Loss,
    place: string,
  ): Promise<void> {
    const whole = `${cache.root}-whole`;
    await fs.rename(cache.root, whole);
    try {
      cut.leave(whole, cache.root, loss);
      const next = CacheFixture.at(cache.root, {
        ownsRoot: true,
        ports: { isAlive: () => false, canSymlink: true },
      });
      await assertSurvives(operation, next.store, next);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Error(`${operation.name}, ${loss}, cut at change ${place}: ${text}`, {
        cause: error,
      });
    } finally {
      await fs.rm(cache.root, { recursive: true, force: true });
      await fs.rename(whole, cache.root);
    }
  }
});
