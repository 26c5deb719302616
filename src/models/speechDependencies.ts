import type { Measurement, Runtime } from '../runtime';

/** Remembers how fast each model was on this machine, by model id and revision. */
export interface Measurements {
  get(modelId: string, revision: string): Measurement | undefined;
  put(revision: string, measurement: Measurement): Promise<void>;
}

/** What speech needs beside the manager's own ports. */
export interface SpeechDependencies {
  readonly runtime: Runtime;
  readonly measurements: Measurements;
  /** 0: as many as the machine has physical cores. */
  readonly threads: () => number;
}
