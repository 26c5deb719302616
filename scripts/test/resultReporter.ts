import { reporters, type MochaOptions, type Runner } from 'mocha';
import { recordResults } from './recordResults';
import { resultsVariable } from './testResults';

/** mocha's own console report, and the results as JSON in the file that the environment names. */
export default class ResultReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const file = process.env[resultsVariable];
    if (file !== undefined) recordResults(runner, file);
  }
}
