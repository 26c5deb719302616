import type { Narrator } from './narrator';
import type { TestResults } from './testResults';

/** One kind of tests. */
export interface Tier {
  readonly name: string;
  /** The tests need the two VS Code servers and Chromium, which are fetched while the tiers before them run. */
  readonly needsEditor?: boolean;
  /** Runs all of it, and tells what comes as it comes. What it throws counts as one failure. */
  run(told: Narrator, signal: AbortSignal): Promise<TestResults>;
}
