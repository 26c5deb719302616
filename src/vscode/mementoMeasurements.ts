import type * as vscode from 'vscode';
import { isObject } from '../base/json';
import type { Measurements } from '../manager';

const key = 'asr.measurements';

type Measurement = NonNullable<ReturnType<Measurements['get']>>;

/** How fast each model was on this machine, in the editor's memento; a new revision of a model is measured anew. */
export function mementoMeasurements(memento: vscode.Memento): Measurements {
  const read = (): Readonly<Record<string, unknown>> => {
    const value = memento.get<unknown>(key);
    return isObject(value) ? value : {};
  };
  return {
    get: (modelId, revision) => parse(modelId, read()[`${modelId}@${revision}`]),
    async put(revision, measurement) {
      const { modelId, ...figures } = measurement;
      await memento.update(key, { ...read(), [`${modelId}@${revision}`]: figures });
    },
  };
}

function parse(modelId: string, value: unknown): Measurement | undefined {
  if (!isObject(value)) return undefined;
  const { loadMs, audioMs, elapsedMs, realTimeFactor } = value;
  if (typeof loadMs !== 'number' || typeof audioMs !== 'number') return undefined;
  if (typeof elapsedMs !== 'number' || typeof realTimeFactor !== 'number') return undefined;
  return { modelId, loadMs, audioMs, elapsedMs, realTimeFactor };
}
