import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startLeashed } from '../process/leashedProcess';
import { cleanEnvironment } from './cleanEnvironment';
import { ResultCollector, type Detail } from './collectResults';
import { followEvents } from './followEvents';
import type { Narrator } from './narrator';
import { eventsVariable } from './testEvents';
import { addResults, failure, type TestResults } from './testResults';

const program = path.join('node_modules', 'mocha', 'bin', 'mocha.js');
const keptChars = 60_000;
/** Only a hang takes as long. */
const msForAll = 60 * 60_000;
const reporter = ['--require', 'tsx', '--reporter', './scripts/test/resultReporter.ts'];
const earlyResults = ['--require', './scripts/test/earlyResults.ts'];

interface MochaRun {
  readonly narrator: Narrator;
  /** `files` where tests are many and quick. */
  readonly detail: Detail;
  /** Ends it; what has run by then counts. */
  readonly signal?: AbortSignal | undefined;
  /** Added to a clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** For tests. */
  readonly limitMs?: number;
}

/** Runs mocha in a process of its own. `args` are mocha's. Results that came count, also when it is ended. */
export async function runMocha(
  args: readonly string[],
  { narrator, detail, signal, env = {}, limitMs = msForAll }: MochaRun,
): Promise<TestResults> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-mocha-'));
  const eventsFile = path.join(folder, 'events.jsonl');
  const collector = new ResultCollector(narrator, detail);
  const events = followEvents(eventsFile, (event) => collector.add(event));
  try {
    const hooks = detail === 'tests' ? earlyResults : [];
    const mocha = startLeashed(process.execPath, [program, ...reporter, ...hooks, ...args], {
      env: { ...cleanEnvironment(folder), [eventsVariable]: eventsFile, ...env },
    });
    let why = 'It ended too early, or failed to load.';
    const end = (reason: string): void => {
      why = reason;
      void mocha.stop();
    };
    // A test that leaves a server or a timer behind would keep mocha from ending.
    const timer = setTimeout(end, limitMs, `It ran longer than ${limitMs / 60_000} minutes.`);
    const stop = (): void => end('The run was ended from outside.');
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true) stop();
    const exitCode = await mocha.exited;
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    events.stop();
    const results = collector.results();
    const isWhole = collector.isComplete && (exitCode === 0 || results.failed.length > 0);
    if (isWhole) return results;
    // The failures have been printed; what the tests printed is of interest when mocha itself went wrong.
    narrator.print(mocha.output().slice(-keptChars));
    return addResults(results, failure('mocha runs to its end', why));
  } finally {
    events.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
