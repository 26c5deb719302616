import { reporters, type MochaOptions, type Runner } from 'mocha';
import { recordResults } from './recordResults';
import { eventsVariable } from './testEvents';

/** mocha's `spec` reporter, which also records the results in the file that the environment names. */
export default class ResultReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const file = process.env[eventsVariable];
    if (file !== undefined) recordResults(runner, file);
  }
}
