import assert from 'node:assert/strict';
import { AsrError } from '../../../../src/common/asrError';
import { fastClock } from '../../download/support/fastClock';
import type { CacheFixture } from './cacheFixture';
import { assertSurvives, type Operation } from './killOperations';
import type { DiskStep } from '../../../../src/cache/disk';

/** The errors of a disk: the name, the number as Linux counts, and the code of the error that a person gets. */
export const faults = [
  { name: 'ENOSPC', errno: -28, code: 'diskSpace' },
  { name: 'EIO', errno: -5, code: 'unknown' },
  { name: 'EACCES', errno: -13, code: 'diskPermission' },
  { name: 'EBUSY', errno: -16, code: 'unknown' },
  { name: 'EMFILE', errno: -24, code: 'unknown' },
  // Node has no name for it.
  { name: 'Unknown system error -122', errno: -122, code: 'diskSpace' },
] as const;

export type Fault = (typeof faults)[number];

/** Whether one step fails, as when something was in the way for a moment, or every step from there on. */
export type FaultLength = 'once' | 'for good';

/** A step port that fails at its n-th change of the disk, and counts them. */
export class FaultPoint {
  steps = 0;
  place = '';
  constructor(
    private readonly fault: Fault,
    private readonly at: number,
    private readonly length: FaultLength,
  ) {}

  readonly step: DiskStep = (operation, path) => {
    this.steps++;
    if (this.length === 'once' ? this.steps !== this.at : this.steps < this.at) return;
    if (this.steps === this.at) this.place = `${operation} ${path}`;
    const { name, errno } = this.fault;
    const error = new Error(`${name}: ${operation} '${path}'`);
    throw Object.assign(error, { code: name, errno, syscall: operation, path });
  };
}

/**
 * Runs an operation on a copy of the cache with a fault at one of its changes of the disk. It ends well, or with an error
 * that says what it was; what it leaves is as clean as after a kill, holds no lock, and the next try comes to its end.
 */
export async function failAt(
  operation: Operation,
  base: CacheFixture,
  point: number,
  fault: Fault,
  length: FaultLength,
): Promise<void> {
  const cache = await base.copy();
  const failing = new FaultPoint(fault, point, length);
  try {
    const ports = { step: failing.step, canSymlink: true };
    // Errors that may be another program's hold on a file are retried for a minute, which here is over in a moment.
    const options = { ownsRoot: true, clock: fastClock(1_000), ports };
    await operation.run(cache.open(options), cache).catch((error: unknown) => {
      assert.ok(error instanceof AsrError, `no AsrError: ${String(error)}`);
      // A lock that can never be let go keeps its own process waiting too; that is reported as a window that is at
      // work.
      const isOwnLock = length === 'for good' && error.message.includes('still changing');
      // A minute without an answer of the disk is 60 ms of this clock, which a busy machine may take.
      const isTooSlow = error.message.includes('does not answer');
      if (!isOwnLock && !isTooSlow) assert.equal(error.code, fault.code, error.message);
      // The last sentence says what to do next.
      assert.match(error.message, /\. \p{Lu}/u);
    });
    // A disk that fails for good keeps the locks too: they end with the process. One that failed once keeps none.
    const next = length === 'once' ? {} : { isAlive: () => false };
    await assertSurvives(operation, cache.open({ ownsRoot: true, ports: next }), cache);
  } catch (error) {
    const place = `${operation.name}, ${fault.name} ${length} at change ${String(point)}: ${failing.place}`;
    throw new Error(`${place}\n${error instanceof Error ? (error.stack ?? '') : String(error)}`, {
      cause: error,
    });
  } finally {
    await cache.remove();
  }
}

/** How many changes of the disk an operation makes. */
export async function countChanges(operation: Operation, base: CacheFixture): Promise<number> {
  const whole = await base.copy();
  let steps = 0;
  const step = (): void => {
    steps++;
  };
  await operation.run(whole.open({ ownsRoot: true, ports: { step } }), whole);
  await whole.remove();
  return steps;
}
