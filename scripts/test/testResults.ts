/** What a tier of tests came to; the titles are full titles. */
export interface TestResults {
  readonly passed: readonly string[];
  readonly failed: readonly TestFailure[];
  readonly skipped: readonly string[];
  /** Failed, and passed when their file was run once more: see `withSecondRun`. */
  readonly unsteady: readonly TestFailure[];
}

export interface TestFailure {
  readonly title: string;
  readonly message: string;
  /** The path of the file that the test stands in. */
  readonly file?: string | undefined;
}

export const noResults: TestResults = { passed: [], failed: [], skipped: [], unsteady: [] };

/** Puts results together; `label` goes before the titles of a run that has siblings. */
export function addResults(one: TestResults, other: TestResults, label = ''): TestResults {
  const name = (title: string): string => label + title;
  const named = (failures: readonly TestFailure[]): readonly TestFailure[] =>
    failures.map((each) => ({ ...each, title: name(each.title) }));
  return {
    passed: [...one.passed, ...other.passed.map(name)],
    failed: [...one.failed, ...named(other.failed)],
    skipped: [...one.skipped, ...other.skipped.map(name)],
    unsteady: [...one.unsteady, ...named(other.unsteady)],
  };
}

/** One failure, and nothing else. */
export function failure(title: string, message: string): TestResults {
  return { ...noResults, failed: [{ title, message }] };
}
