import type { Runner } from 'mocha';
import { errorText, writeEvent } from './testEvents';

/** The fields of a test or a hook that are told. */
interface Runnable {
  fullTitle(): string;
  readonly file?: string | undefined;
  readonly duration?: number | undefined;
}

/** Writes what a mocha run comes to as it comes. Needs nothing of mocha, so it also works in an extension host. */
export function recordResults(runner: Runner, file: string): void {
  const tell = (kind: 'passed' | 'failed' | 'skipped', test: Runnable, message = ''): void =>
    writeEvent(file, {
      kind,
      title: test.fullTitle(),
      file: test.file ?? '',
      ms: test.duration ?? 0,
      message,
      isEarly: false,
    });
  runner.on('pass', (test) => tell('passed', test));
  runner.on('pending', (test) => tell('skipped', test));
  runner.on('fail', (test, error: unknown) => tell('failed', test, errorText(error)));
  runner.on('suite end', (suite) => {
    // With `--parallel` each file has a root of its own, and the suites in it don't know their parents.
    if (suite.root || suite.parent?.root === true) writeEvent(file, { kind: 'suiteEnd' });
  });
  runner.once('end', () => writeEvent(file, { kind: 'runEnd' }));
}
