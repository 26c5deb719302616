import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { bundled } from '../download/support/workerBundle';
import { CacheFixture } from './support/cacheFixture';
import { assertSurvives, type Operation, operations } from './support/killOperations';
import { KillPoint, randomPoints } from './support/killPoints';

/*
 * Real processes that end by SIGKILL in the middle of an operation, half of them before a change of the disk, half
 * while it may be under way; their locks and what they left aside belong to a process that is gone. A few points each,
 * since every one costs a process; ASR_TEST_KILLS asks for another number.
 */
const seed = 20_260_102;
const points = Number(process.env['ASR_TEST_KILLS'] ?? 10);
const atOnce = 4;

for (const operation of operations) {
  describe(`a process that gets SIGKILL in ${operation.name}`, () => {
    let base: CacheFixture;
    let program: string;
    let total = 0;
    before(async () => {
      program = await bundled('test/unit/cache/support/killedChild.ts');
      base = await CacheFixture.create({ ownsRoot: true });
      await operation.given(base.store);
      const whole = await base.copy();
      const counter = new KillPoint();
      await operation.run(whole.open({ ownsRoot: true, ports: { step: counter.step } }), whole);
      total = counter.steps;
      await whole.remove();
    });
    after(() => base.remove());

    it(`leaves a clean cache, each model whole or honestly not, at ${String(points)} seeded points (seed ${String(seed)})`, async function () {
      this.timeout(120_000 + points * 8_000);
      const waiting = [...randomPoints(seed, points, total).entries()];
      const worker = async (): Promise<void> => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          const [index, point] = next;
          await killAt(operation, point, index % 2 === 0 ? 'before' : 'during');
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
    });

    async function killAt(
      killed: Operation,
      point: number,
      when: 'before' | 'during',
    ): Promise<void> {
      const cache = await base.copy();
      try {
        const child = spawn(
          process.execPath,
          [program, cache.root, killed.name, String(point), when],
          { stdio: ['ignore', 'ignore', 'inherit'] },
        );
        const [, signal] = (await once(child, 'exit')) as unknown[];
        assert.equal(signal, 'SIGKILL');
        await assertSurvives(killed, cache.open({ ownsRoot: true }), cache);
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        const place = `${when} step ${String(point)} of ${String(total)}`;
        throw new Error(`${place}: ${text}`, { cause: error });
      } finally {
        await cache.remove();
      }
    }
  });
}
