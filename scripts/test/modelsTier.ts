import { haveRealModels } from './realModels';
import { runMocha } from './runMocha';
import { failure } from './testResults';
import type { Tier } from './tier';

/**
 * Real weights and real speech, from packages of the npm registry: from the hub to the text, compared with the engine
 * called directly. One at a time, because speed and memory are compared.
 */
export const modelsTier: Tier = {
  name: 'models',
  async run(narrator, signal) {
    try {
      await haveRealModels(narrator.print);
    } catch (error) {
      return failure('real models', error instanceof Error ? error.message : String(error));
    }
    return runMocha(['--timeout', '600000', 'test/models/*.test.ts'], {
      narrator,
      signal,
      detail: 'tests',
    });
  },
};
