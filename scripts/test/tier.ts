import type { TestResults } from './testResults';

/** One kind of tests. */
export interface Tier {
  readonly name: string;
  /** Runs all of it. What it throws counts as one failure. */
  run(print: (line: string) => void): Promise<TestResults>;
}
