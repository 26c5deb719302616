import type { Narrator } from './narrator';
import type { TestResults } from './testResults';

/** One kind of tests, such as the unit tests. */
export interface Tier {
  readonly name: string;
  /**
   * Starts slow preparations, which continue while the earlier tiers run; called for all tiers at the start of a run.
   */
  prepare?(): void | Promise<void>;
  /** Runs the tests and prints results as they come. An exception counts as one failure. */
  run(narrator: Narrator, signal: AbortSignal): Promise<TestResults>;
}
