import type { Clock } from '../common/clock';

/** A named piece of a longer work. */
export type NamedStep = readonly [name: string, run: () => Promise<unknown>];

/** Runs steps in a row and answers how long each took, in milliseconds. */
export async function timedSteps(
  clock: Clock,
  steps: readonly NamedStep[],
): Promise<readonly { readonly name: string; readonly ms: number }[]> {
  const report: { name: string; ms: number }[] = [];
  for (const [name, run] of steps) {
    const startMs = clock.nowMs();
    await run();
    report.push({ name, ms: clock.nowMs() - startMs });
  }
  return report;
}
