import { readFile } from 'node:fs/promises';

/** What a tier of tests came to; the titles are full titles. */
export interface TestResults {
  readonly passed: readonly string[];
  readonly failed: readonly TestFailure[];
  readonly skipped: readonly string[];
}

export interface TestFailure {
  readonly title: string;
  readonly message: string;
}

/** Names the file that a mocha run writes its results to. */
export const resultsVariable = 'ASR_TEST_RESULTS';

export const noResults: TestResults = { passed: [], failed: [], skipped: [] };

/** Puts results together; `label` goes before the titles of a run that has siblings. */
export function addResults(one: TestResults, other: TestResults, label = ''): TestResults {
  const name = (title: string): string => label + title;
  return {
    passed: [...one.passed, ...other.passed.map(name)],
    failed: [...one.failed, ...other.failed.map((f) => ({ ...f, title: name(f.title) }))],
    skipped: [...one.skipped, ...other.skipped.map(name)],
  };
}

/** One failure, and nothing else. */
export function failure(title: string, message: string): TestResults {
  return { ...noResults, failed: [{ title, message }] };
}

/** Reads what `recordResults` wrote; undefined when the run ended before it could. */
export async function readResults(file: string): Promise<TestResults | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (!isResults(value)) throw new Error(`${file} is not a result of a test run.`);
  return value;
}

function isResults(value: unknown): value is TestResults {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['passed', 'failed', 'skipped'].every((key) => Array.isArray(Reflect.get(value, key)))
  );
}
