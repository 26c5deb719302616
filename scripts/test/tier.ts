import type { Narrator } from './narrator';
import type { TestResults } from './testResults';

/** One kind of tests. */
export interface Tier {
  readonly name: string;
  /** Begins what takes long and can go on while the tiers before it run; called for all of a run's tiers at its start. */
  prepare?(): void | Promise<void>;
  /** Runs all of it, and tells what comes as it comes. What it throws counts as one failure. */
  run(told: Narrator, signal: AbortSignal): Promise<TestResults>;
}
