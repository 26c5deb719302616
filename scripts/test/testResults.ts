/** The results of a tier; the titles are full titles. */
export interface TestResults {
  readonly passed: readonly string[];
  readonly failed: readonly TestFailure[];
  readonly skipped: readonly string[];
  /** Failed at first and passed when their file was run again: see `withSecondRun`. */
  readonly unsteady: readonly TestFailure[];
}

export interface TestFailure {
  readonly title: string;
  readonly message: string;
  /** The path of the file with the test. */
  readonly file?: string | undefined;
}

export const noResults: TestResults = { passed: [], failed: [], skipped: [], unsteady: [] };

/** Merges results; `label` is a prefix for the titles of the second. */
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

/** Results with one failure alone. */
export function failure(title: string, message: string): TestResults {
  return { ...noResults, failed: [{ title, message }] };
}
