import assert from 'node:assert/strict';
import { CacheFixture } from './cacheFixture';
import { assertSurvives, type Operation, operations } from './killOperations';
import { KillPoint, randomPoints, untilKilled } from './killPoints';

/*
 * A process can end between any two changes of the disk. Each operation is run once to count its changes, and then with
 * an end at each of those that 100 seeded draws name. A change that is drawn twice is tried once: an end before it always
 * leaves the same. The ends are simulated in this process, so that there can be many; real ones are in sigkill.test.ts.
 */
const seed = 20_260_101;
const fullPoints = 100;
/** Where a disk has no links, files are moved in other steps; the rest of an operation is the same. */
const withoutLinksPoints = 40;
/** Each waits for the disk most of the time. */
const atOnce = 16;

/** Describes what a kill anywhere in these operations leaves behind. */
export function describeKills(names: readonly string[]): void {
  for (const name of names) describeKill(name, { canSymlink: true, points: fullPoints });
}

/** The same on a disk that has no links. */
export function describeKillsWithoutLinks(names: readonly string[]): void {
  for (const name of names) describeKill(name, { canSymlink: false, points: withoutLinksPoints });
}

function describeKill(
  operationName: string,
  { canSymlink, points }: { readonly canSymlink: boolean; readonly points: number },
): void {
  const operation = operationNamed(operationName);
  const { given, run, done } = operation;
  const name = canSymlink ? operationName : `${operationName} without links`;
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
      this.timeout(240_000);
      assert.ok(total > 5, 'the operation changes the disk');
      const waiting = [...new Set(randomPoints(seed, points, total))];
      const worker = async (): Promise<void> => {
        for (let point = waiting.pop(); point !== undefined; point = waiting.pop()) {
          await killAt(point);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
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

function operationNamed(name: string): Operation {
  const operation = operations.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`No operation is called ${name}.`);
  return operation;
}
