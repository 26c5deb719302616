import type * as vscode from 'vscode';
import { isObject } from '../../common/json';
import type { Measurements } from '../../models';

const key = 'asr.measurements';

type Measurement = NonNullable<ReturnType<Measurements['get']>>;

/**
 * How fast each model was on this machine, in the editor's memento, which survives restarts: the newest measurement
 * of each model, which counts only for the revision that was measured.
 */
export function mementoMeasurements(memento: vscode.Memento): Measurements {
  const read = (): Readonly<Record<string, unknown>> => {
    const value = memento.get<unknown>(key);
    return isObject(value) ? value : {};
  };
  return {
    get: (modelId, revision) => parse(modelId, read()[`${modelId}@${revision}`]),
    async put(revision, measurement) {
      const { modelId, ...figures } = measurement;
      const ofOthers = Object.entries(read()).filter(([name]) => !isOf(modelId, name));
      await memento.update(key, {
        ...Object.fromEntries(ofOthers),
        [`${modelId}@${revision}`]: figures,
      });
    },
  };
}

/** Ids may contain an @ of their own; a revision has none. */
function isOf(modelId: string, name: string): boolean {
  return name.slice(0, name.lastIndexOf('@')) === modelId;
}

function parse(modelId: string, value: unknown): Measurement | undefined {
  if (!isObject(value)) return undefined;
  const { engineDescription } = value;
  const [measuredAtMs, threads, loadMs, audioMs, elapsedMs, realTimeFactor] = [
    'measuredAtMs',
    'threads',
    'loadMs',
    'audioMs',
    'elapsedMs',
    'realTimeFactor',
  ].map((name) => value[name]);
  if (typeof engineDescription !== 'string') return undefined;
  if (typeof measuredAtMs !== 'number' || typeof threads !== 'number') return undefined;
  if (typeof loadMs !== 'number' || typeof audioMs !== 'number') return undefined;
  if (typeof elapsedMs !== 'number' || typeof realTimeFactor !== 'number') return undefined;
  return {
    modelId,
    measuredAtMs,
    engineDescription,
    threads,
    loadMs,
    audioMs,
    elapsedMs,
    realTimeFactor,
  };
}
