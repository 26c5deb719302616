import assert from 'node:assert/strict';
import { CacheFixture } from './support/cacheFixture';
import { assertSurvives, type Operation, operations } from './support/killOperations';
import { KillPoint, randomPoints, untilKilled } from './support/killPoints';

/*
 * A process can end between any two changes of the disk. Each operation is run once to count its changes, then 100
 * times with an end at a seeded one of them. The ends are simulated in this process, so that there can be many; real
 * ones are in sigkill.test.ts.
 */
const seed = 20_260_101;
const fullPoints = 100;

const withoutLinks = operations
  .filter(({ name }) => name === 'publish' || name === 'update' || name === 'repair')
  .map((operation) => ({
    ...operation,
    name: `${operation.name} without links`,
    canSymlink: false,
    points: 40,
  }));

for (const { canSymlink, points, ...operation } of [
  ...operations.map((each) => ({ ...each, canSymlink: true, points: fullPoints })),
  ...withoutLinks,
]) {
  const { name, given, run, done }: Operation = operation;
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
      await Promise.all(Array.from({ length: 16 }, worker));
    });

    async function killAt(point: number): Promise<void> {
      const cache = await base.copy();
      const place = `${name} killed at step ${String(point)} of ${String(total)}`;
      try {
        const kill = new KillPoint(point);
        const ports = { step: kill.step, isAlive: (): boolean => false, canSymlink };
        await untilKilled(kill, () => run(cache.open({ ownsRoot: true, ports }), cache));
        const next = cache.open({ ownsRoot: true, ports: { isAlive: () => false, canSymlink } });
        await assertSurvives(operation, next, cache);
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        throw new Error(`${place}: ${text}`, { cause: error });
      } finally {
        await cache.remove();
      }
    }
  });
}
