import { CacheFixture } from './support/cacheFixture';
import { countChanges, failAt, type FaultLength, faults } from './support/faultSweep';
import { operations } from './support/killOperations';
import { randomPoints } from './support/killPoints';

/*
 * Every change of the disk can fail, each in several ways. An operation is run once to count its changes; then each of
 * those that the seed draws fails, once or from there on, with an error that the draw's turn names. The long form
 * (ASR_LONG_TESTS=1) takes every change with every error in both lengths.
 */
const isLong = process.env['ASR_LONG_TESTS'] === '1';
const seed = Number(process.env['ASR_TEST_SEED'] ?? 20_261_130);
const shortPoints = 24;
const lengths: readonly FaultLength[] = ['once', 'for good'];
/** Each waits for the disk most of the time. */
const atOnce = 8;

for (const operation of operations) {
  describe(`a disk that fails anywhere in ${operation.name}`, () => {
    it(`leaves a clean cache and an honest error (seed ${String(seed)})`, async function () {
      this.timeout(isLong ? 3_600_000 : 240_000);
      const base = await CacheFixture.create({ ownsRoot: true });
      try {
        await operation.given(base.store);
        const total = await countChanges(operation, base);
        const points = isLong
          ? Array.from({ length: total }, (_, index) => index + 1)
          : [...new Set(randomPoints(seed, shortPoints, total))];
        const all = points.flatMap((point) =>
          faults.flatMap((fault) => lengths.map((length) => ({ point, fault, length }))),
        );
        // In turn, so that the short form has every error and both lengths.
        const waiting = isLong
          ? all
          : all.filter((_, index) => index % 12 === (Math.floor(index / 12) * 5) % 12);
        const worker = async (): Promise<void> => {
          for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
            await failAt(operation, base, one.point, one.fault, one.length);
          }
        };
        await Promise.all(Array.from({ length: atOnce }, worker));
      } finally {
        await base.remove();
      }
    });
  });
}
