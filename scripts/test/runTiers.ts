import { readFileSync } from 'node:fs';
import { Narrator } from './narrator';
import { addResults, failure, noResults, type TestResults } from './testResults';
import type { Tier } from './tier';

/** Tiers that run at the same time. */
export type Stage = readonly Tier[];

/**
 * Runs the stages one after the other, prints the summary of each tier, and returns all results together. After the
 * signal no further stage begins, and the tiers under way count as failed.
 */
export async function runTiers(
  stages: readonly Stage[],
  print: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<TestResults> {
  for (const tier of stages.flat()) void tier.prepare?.();
  let all = noResults;
  for (const stage of stages) {
    const names = stage.map(({ name }) => name).join(', ');
    if (signal.aborted) {
      print(`\n== ${names}: not run`);
      continue;
    }
    print(`\n== ${names}`);
    const startCpu = processorSeconds();
    const runs = await Promise.all(stage.map((tier) => runTier(tier, stage, print, signal)));
    const endCpu = processorSeconds();
    if (startCpu !== undefined && endCpu !== undefined)
      print(`${names}: ${(endCpu - startCpu).toFixed(1)} s of processor time`);
    all = runs.reduce((sum, results) => addResults(sum, results), all);
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

/** The results under the tier's name. The lines of tiers that run side by side begin with it as well. */
async function runTier(
  tier: Tier,
  stage: Stage,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<TestResults> {
  const startMs = performance.now();
  const narrator = new Narrator(print, stage.length > 1 ? `${tier.name}: ` : '');
  const results = await resultsOf(tier, narrator, signal);
  printRest(results, narrator);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  print(`${tier.name}: ${summary(results)} (${seconds} s)`);
  return addResults(noResults, results, `${tier.name}: `);
}

async function resultsOf(
  tier: Tier,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<TestResults> {
  try {
    const results = await tier.run(narrator, signal);
    if (signal.aborted && results.failed.length === 0)
      return addResults(results, failure('the tier runs to its end', 'The run was ended.'));
    // A tier without tests must not count as passed.
    return results.passed.length + results.failed.length > 0
      ? results
      : addResults(results, failure('at least one test ran', 'This tier has no test.'));
  } catch (error) {
    return failure('the tier runs to its end', error instanceof Error ? error.message : 'unknown');
  }
}

/** Prints the results that the tier has not printed itself. */
function printRest({ failed, skipped, unsteady }: TestResults, narrator: Narrator): void {
  for (const title of skipped) narrator.skipped(title);
  for (const each of unsteady) narrator.unsteady(each);
  for (const each of failed) narrator.failed(each);
}

/** /proc counts in hundredths of a second, whatever the clock of the kernel is. */
const ticksPerSecond = 100;

/**
 * Seconds of processor time of this process and of its descendants that have ended. Undefined on a system without /proc.
 */
function processorSeconds(): number | undefined {
  let stat: string;
  try {
    stat = readFileSync('/proc/self/stat', 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may have spaces in it; user time is the 14th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined;
}
