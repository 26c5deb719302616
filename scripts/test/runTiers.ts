import { stripVTControlCharacters } from 'node:util';
import { addResults, failure, noResults, type TestFailure, type TestResults } from './testResults';
import type { Tier } from './tier';

/** Runs the tiers one after the other, prints what each came to, and gives back all results together. */
export async function runTiers(
  tiers: readonly Tier[],
  print: (line: string) => void,
): Promise<TestResults> {
  let all = noResults;
  for (const tier of tiers) {
    print(`\n== ${tier.name}`);
    const start = performance.now();
    const results = await runTier(tier, print);
    printResults(results, print);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    print(`${tier.name}: ${summary(results)} (${seconds} s)`);
    all = addResults(all, results, `${tier.name}: `);
  }
  return all;
}

/** `N passed, N failed`, and how many were skipped or unsteady when any was. */
export function summary({ passed, failed, skipped, unsteady }: TestResults): string {
  const counts = [`${passed.length} passed`, `${failed.length} failed`];
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  if (unsteady.length > 0) counts.push(`${unsteady.length} unsteady`);
  return counts.join(', ');
}

async function runTier(tier: Tier, print: (line: string) => void): Promise<TestResults> {
  try {
    const results = await tier.run(print);
    // A tier that tests nothing proves nothing.
    return results.passed.length + results.failed.length > 0
      ? results
      : addResults(results, failure('at least one test ran', 'This tier has no test.'));
  } catch (error) {
    return failure('the tier runs to its end', error instanceof Error ? error.message : 'unknown');
  }
}

function printResults(
  { passed, failed, skipped, unsteady }: TestResults,
  print: (line: string) => void,
): void {
  const shownPassed = passed.length <= 60 ? passed : [];
  for (const title of shownPassed) print(`  ok      ${title}`);
  for (const title of skipped) print(`  SKIPPED ${title}`);
  const tell = (word: string, { title, message }: TestFailure): void => {
    print(`  ${word} ${title}`);
    print(stripVTControlCharacters(message).replace(/^/gm, '          '));
  };
  for (const each of unsteady) tell('UNSTEADY', each);
  for (const each of failed) tell('FAILED ', each);
}
