import { CommandFailed, runCommand } from '../process/runCommand';
import type { Narrator } from './narrator';
import { addResults, failure, noResults, type TestResults } from './testResults';
import type { Tier } from './tier';

/**
 * The linters (ESLint with the import rules of the modules, oxlint for the rules that need types), the formatter and the
 * types; each counts as one test.
 */
export const lintTier: Tier = {
  name: 'lint',
  async run(narrator, signal) {
    const check = (title: string, program: string, args: readonly string[]): Promise<TestResults> =>
      runCheck(title, [program, ...args], narrator, signal);
    const checks = [
      check('eslint', 'node_modules/eslint/bin/eslint.js', ['--max-warnings', '0', '.']),
      check('oxlint', 'node_modules/oxlint/bin/oxlint', [
        ...['--report-unused-disable-directives', '--max-warnings', '0', '.'],
      ]),
      check('prettier', 'node_modules/prettier/bin/prettier.cjs', ['--check', '.']),
      check('types', 'node_modules/typescript-7/bin/tsc', ['-p', 'tsconfig.json']),
    ];
    return (await Promise.all(checks)).reduce((all, one) => addResults(all, one), noResults);
  },
};

async function runCheck(
  title: string,
  args: readonly string[],
  narrator: Narrator,
  signal: AbortSignal,
): Promise<TestResults> {
  const startMs = performance.now();
  try {
    await runCommand(process.execPath, args, { signal });
    narrator.passed(title, performance.now() - startMs);
    return { ...noResults, passed: [title] };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return failure(title, error.output.slice(-8000).trimEnd());
  }
}
