import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startLeashed } from '../process/leashedProcess';
import { cleanEnvironment } from './cleanEnvironment';
import {
  addResults,
  failure,
  noResults,
  readResults,
  resultsVariable,
  type TestResults,
} from './testResults';

const program = path.join('node_modules', 'mocha', 'bin', 'mocha.js');
const keptChars = 60_000;
const msForAll = 15 * 60_000;
const reporter = './scripts/test/resultReporter.ts';

/** Runs mocha in a process of its own. `args` are mocha's; `env` is added to a clean environment. */
export async function runMocha(
  args: readonly string[],
  print: (line: string) => void,
  env: Readonly<Record<string, string>> = {},
): Promise<TestResults> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-mocha-'));
  const resultsFile = path.join(folder, 'results.json');
  try {
    const mocha = startLeashed(process.execPath, [program, '--reporter', reporter, ...args], {
      env: { ...cleanEnvironment(folder), [resultsVariable]: resultsFile, ...env },
    });
    // A test that leaves a server or a timer behind would keep mocha from ending.
    const timer = setTimeout(() => void mocha.stop(), msForAll);
    const exitCode = await mocha.exited;
    clearTimeout(timer);
    const results = await readResults(resultsFile);
    // What the tests printed is of interest only when something is wrong.
    if (exitCode !== 0) print(mocha.output().slice(-keptChars));
    if (results !== undefined && (exitCode === 0 || results.failed.length > 0)) return results;
    const ending = failure(
      'mocha runs to its end',
      'It was ended from outside, or failed to load.',
    );
    return addResults(results ?? noResults, ending);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
