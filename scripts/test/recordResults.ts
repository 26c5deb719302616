import type { Runner } from 'mocha';
import { errorText, writeEvent } from './testEvents';

/** The fields of a test or a hook that are recorded. */
interface Runnable {
  fullTitle(): string;
  readonly file?: string | undefined;
  readonly duration?: number | undefined;
}

/** Writes the results of a mocha run to a file as they come. Imports only types of mocha, so it also works in an extension host. */
export function recordResults(runner: Runner, file: string): void {
  const record = (kind: 'passed' | 'failed' | 'skipped', test: Runnable, message = ''): void =>
    writeEvent(file, {
      kind,
      title: test.fullTitle(),
      file: test.file ?? '',
      ms: test.duration ?? 0,
      message,
      isEarly: false,
    });
  runner.on('pass', (test) => record('passed', test));
  runner.on('pending', (test) => record('skipped', test));
  runner.on('fail', (test, error: unknown) => record('failed', test, errorText(error)));
  runner.on('suite end', (suite) => {
    // With `--parallel` each file has its own root suite, and the suites in it have no parent.
    if (suite.root || suite.parent?.root === true) writeEvent(file, { kind: 'suiteEnd' });
  });
  runner.once('end', () => writeEvent(file, { kind: 'runEnd' }));
}
