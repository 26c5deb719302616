import type { Context, RootHookObject } from 'mocha';
import { errorText, eventsVariable, writeEvent } from './testEvents';

/**
 * With `--parallel` mocha reports the results of a file when all of it has run, which takes minutes for an end-to-end
 * file. This root hook (`--require`) reports each test as it ends, from the process that ran it.
 */
export const mochaHooks: RootHookObject = {
  afterEach(this: Context) {
    const file = process.env[eventsVariable];
    const test = this.currentTest;
    if (file === undefined || test === undefined) return;
    if (test.state !== 'passed' && test.state !== 'failed') return;
    writeEvent(file, {
      kind: test.state,
      title: test.fullTitle(),
      file: test.file ?? '',
      ms: test.duration ?? 0,
      message: test.state === 'failed' ? errorText(test.err) : '',
      isEarly: true,
    });
  },
};
