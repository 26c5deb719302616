import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startLeashed } from '../process/leashedProcess';
import { cleanEnvironment } from './cleanEnvironment';
import { failure, readResults, resultsVariable, type TestResults } from './testResults';

const program = path.join('node_modules', 'mocha', 'bin', 'mocha.js');
const reporter = './scripts/test/resultReporter.ts';

/** Runs mocha in a process of its own. `args` are mocha's; `env` is added to a clean environment. */
export async function runMocha(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<TestResults> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-mocha-'));
  const resultsFile = path.join(folder, 'results.json');
  try {
    const mocha = startLeashed(process.execPath, [program, '--reporter', reporter, ...args], {
      env: { ...cleanEnvironment(folder), [resultsVariable]: resultsFile, ...env },
    });
    const exitCode = await mocha.exited;
    const results = await readResults(resultsFile);
    if (results !== undefined && (exitCode === 0 || results.failed.length > 0)) return results;
    return failure('mocha runs to its end', mocha.output().slice(-8000));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
