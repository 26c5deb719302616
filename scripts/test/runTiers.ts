import { readFileSync } from 'node:fs';
import { Narrator } from './narrator';
import { addResults, failure, noResults, type TestResults } from './testResults';
import type { Tier } from './tier';

/**
 * Runs the tiers one after the other, prints the summary of each, and returns all results together. After the signal
 * no further tier begins, and the one under way counts as failed.
 */
export async function runTiers(
  tiers: readonly Tier[],
  print: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<TestResults> {
  for (const tier of tiers) void tier.prepare?.();
  let all = noResults;
  for (const tier of tiers) {
    if (signal.aborted) {
      print(`\n== ${tier.name}: not run`);
      continue;
    }
    print(`\n== ${tier.name}`);
    const startMs = performance.now();
    const startCpu = processorSeconds();
    const narrator = new Narrator(print);
    const results = await runTier(tier, narrator, signal);
    printRest(results, narrator);
    const times = [`${((performance.now() - startMs) / 1000).toFixed(1)} s`];
    const endCpu = processorSeconds();
    if (startCpu !== undefined && endCpu !== undefined)
      times.push(`${(endCpu - startCpu).toFixed(1)} s of processor time`);
    print(`${tier.name}: ${summary(results)} (${times.join(', ')})`);
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

async function runTier(tier: Tier, narrator: Narrator, signal: AbortSignal): Promise<TestResults> {
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
