/**
 * `npm test`: every tier of tests in order, then a line `N passed, N failed`. `--only unit,e2e` runs some of them;
 * `--launcher electron|server` names what starts the extension host of the integration tests.
 */
import { parseArgs } from 'node:util';
import { print } from '../print';
import { untilSignal } from '../start/untilSignal';
import { runTiers, summary } from './runTiers';
import type { Tier } from './tier';
import { createTiers } from './tiers';

async function main(): Promise<void> {
  const { only, launcher } = parseArgs({
    options: { only: { type: 'string' }, launcher: { type: 'string' } },
  }).values;
  const results = await runTiers(chosenTiers(only, launcher), print, untilEnded());

  for (const { title } of results.failed) print(`FAILED ${title}`);
  for (const { title } of results.unsteady) print(`UNSTEADY ${title}`);
  for (const title of results.skipped) print(`SKIPPED ${title}`);
  print(`\n${summary(results)}`);
  process.exitCode = results.failed.length === 0 ? 0 : 1;
}

/** Aborted by the first signal, so that what has run is still counted; a second one ends the process at once. */
function untilEnded(): AbortSignal {
  const ending = new AbortController();
  void untilSignal().then(() => {
    print('\nThe run is ended.');
    ending.abort();
  });
  return ending.signal;
}

function chosenTiers(only: string | undefined, launcher: string | undefined): readonly Tier[] {
  const all = createTiers(
    launcher === 'electron' || launcher === 'server' ? launcher : 'either',
    print,
  );
  if (only === undefined) return all;
  const names = only.split(',');
  const unknown = names.filter((name) => !all.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    const known = all.map((tier) => tier.name).join(', ');
    throw new Error(`There is no tier ${unknown.join(', ')}. The tiers are ${known}.`);
  }
  return all.filter((tier) => names.includes(tier.name));
}

void main();
