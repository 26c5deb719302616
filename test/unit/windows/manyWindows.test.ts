import { Simulation } from './support/simulation';

/** The long form, with any seed: npx tsx test/unit/windows/support/longSimulation.ts SEED SEEDS STEPS */
const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
const steps = 40;

describe('several windows on one cache, as a seed says', () => {
  for (const seed of seeds) {
    it(`have one owner, fetch nothing twice, offer nothing half, leave nothing (seed ${String(seed)})`, async function () {
      this.timeout(240_000);
      await Simulation.run(seed, steps);
    });
  }
});
