import path from 'node:path';
import type { TestResults } from './testResults';

/** More files than these fail for a common reason, which a second run would hide or take minutes to find again. */
const mostFiles = 2;

/** Runs the tests of some files, one file after the other. */
type RunFiles = (files: readonly string[]) => Promise<TestResults>;

/**
 * Runs the files of failed tests once more, whole and one after the other. A test that passes then counts as `unsteady`
 * instead of failed: it is reported with its error and has to be mended. Failures without a file, or in more than
 * {@link mostFiles} files, stand as they are.
 */
export async function withSecondRun(
  first: TestResults,
  runFiles: RunFiles,
  print: (line: string) => void,
): Promise<TestResults> {
  const found = first.failed.map(({ file }) => file);
  const files = [...new Set(found.filter((file) => file !== undefined))];
  if (files.length === 0 || files.length > mostFiles || found.includes(undefined)) return first;

  const names = files.map((file) => path.basename(file)).join(', ');
  print(`${String(first.failed.length)} failed. Once more, with the machine to itself: ${names}`);
  const second = await runFiles(files);
  const failedAgain = new Set(second.failed.map(({ title }) => title));
  const ranAgain = new Set([...second.passed, ...failedAgain]);
  return {
    passed: [...first.passed.filter((title) => !ranAgain.has(title)), ...second.passed],
    failed: second.failed,
    skipped: [...new Set([...first.skipped, ...second.skipped])],
    unsteady: first.failed.filter(({ title }) => !failedAgain.has(title)),
  };
}
