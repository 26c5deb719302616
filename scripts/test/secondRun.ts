import path from 'node:path';
import type { TestResults } from './testResults';

/** More files than these fail for a reason that a second run would only hide, or take minutes to find again. */
const mostFiles = 2;

/** Runs the tests of some files, one file after the other. */
export type RunFiles = (files: readonly string[]) => Promise<TestResults>;

/**
 * What the tests come to when a file in which one failed is run once more, whole and with the machine to itself. What
 * passes then is not failed but `unsteady`: told with what went wrong, counted beside the others, and to be mended.
 * A failure that names no file, or many files, stand as they are.
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
  const told = new Set([...second.passed, ...failedAgain]);
  return {
    passed: [...first.passed.filter((title) => !told.has(title)), ...second.passed],
    failed: second.failed,
    skipped: [...new Set([...first.skipped, ...second.skipped])],
    unsteady: first.failed.filter(({ title }) => !failedAgain.has(title)),
  };
}
