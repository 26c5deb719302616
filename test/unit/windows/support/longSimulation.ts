import { Simulation } from './simulation';

/** Many simulations in a row: `npx tsx …/longSimulation.ts [first seed] [seeds] [steps]`. */
async function main(): Promise<void> {
  const [first = 1_000, seeds = 100, steps = 200] = process.argv.slice(2).map(Number);
  for (let seed = first; seed < first + seeds; seed++) {
    await Simulation.run(seed, steps);
    process.stdout.write(`seed ${String(seed)}: ${String(steps)} steps\n`);
  }
}

void main();
