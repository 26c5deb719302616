/**
 * `npm test`: every tier of tests in order, then a line `N passed, N failed`. `--only unit,e2e` runs some of them;
 * `--launcher electron|server` chooses where the extension host of the integration tests runs.
 *
 *     runTiers.ts    lint + unit ──> build + models + integration ──> e2e      the stages (tiers.ts), one after the other
 *                            │                │           │
 *                            └─ runMocha.ts ──┘   integrationTier.ts          mocha in a process, or in an extension host
 *                                    └──────┬─────────────┘
 *                    recordResults.ts, earlyResults.ts                        in mocha: append events to a file
 *                                           │  testEvents.ts
 *                       followEvents.ts ──> collectResults.ts                 in this process: read and count them
 *                                           └──> narrator.ts                  and print each result as it comes
 *
 * Results travel as events in a file, so that a run that hangs, crashes or is interrupted keeps those that came. While the
 * first tiers run, editorParts.ts fetches the VS Code servers and Chromium for the last two. secondRun.ts runs an
 * end-to-end file with a failure again and reports what passes then as unsteady.
 */
import { parseArgs } from 'node:util';
import { print } from '../print';
import { untilSignal } from '../start/untilSignal';
import { runTiers, type Stage, summary } from './runTiers';
import { createStages } from './tiers';

async function main(): Promise<void> {
  const { only, launcher } = parseArgs({
    options: { only: { type: 'string' }, launcher: { type: 'string' } },
  }).values;
  const results = await runTiers(chosenStages(only, launcher), print, untilEnded());

  for (const { title } of results.failed) print(`FAILED ${title}`);
  for (const { title } of results.unsteady) print(`UNSTEADY ${title}`);
  for (const title of results.skipped) print(`SKIPPED ${title}`);
  print(`\n${summary(results)}`);
  process.exitCode = results.failed.length === 0 ? 0 : 1;
}

/** Aborts at the first Ctrl-C, so that the results so far still count; a second one ends the process at once. */
function untilEnded(): AbortSignal {
  const ending = new AbortController();
  void untilSignal().then(() => {
    print('\nThe run is ended.');
    ending.abort();
  });
  return ending.signal;
}

function chosenStages(only: string | undefined, launcher: string | undefined): readonly Stage[] {
  const all = createStages(
    launcher === 'electron' || launcher === 'server' ? launcher : 'either',
    print,
  );
  if (only === undefined) return all;
  const names = only.split(',');
  const known = all.flat().map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`There is no tier ${unknown.join(', ')}. The tiers are ${known.join(', ')}.`);
  }
  return all
    .map((stage) => stage.filter(({ name }) => names.includes(name)))
    .filter((stage) => stage.length > 0);
}

void main();
