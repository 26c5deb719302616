import type { CatalogModel } from './catalogModel';

/** The machine that a model shall run on. */
export interface Machine {
  /** All of it, in bytes, not what is free this minute. */
  readonly memoryBytes: number;
  /** Physical cores. */
  readonly cores: number;
}

export type MachineFit = 'fits' | 'tight' | 'tooLarge' | 'unknown';

/** Beside its weights a runtime needs working memory: what whisper.cpp's published peaks come to, rounded up. */
const workingFactor = 1.3;
const workingBytes = 150e6;

/**
 * Memory that a model needs to run on the processor, in bytes: as published, else estimated from the size of its
 * weights; undefined when neither is known. A graphics card's memory says nothing about it.
 */
export function memoryNeedBytes(model: CatalogModel): number | undefined {
  const { memoryBytes, sizeBytes } = model;
  if (memoryBytes !== undefined && !memoryBytes.kind.startsWith('VRAM')) return memoryBytes.bytes;
  return sizeBytes === undefined ? undefined : Math.round(sizeBytes * workingFactor + workingBytes);
}

/**
 * Whether it fits into the memory: `fits` in half of it (an editor, a browser and the system have the other half),
 * `tight` in four fifths, `tooLarge` beyond.
 */
export function machineFit(model: CatalogModel, { memoryBytes }: Machine): MachineFit {
  const need = memoryNeedBytes(model);
  if (need === undefined) return 'unknown';
  if (need <= memoryBytes * 0.5) return 'fits';
  return need <= memoryBytes * 0.8 ? 'tight' : 'tooLarge';
}

/** Parameters that one core gets through about as fast as somebody speaks: our own rule of thumb, for ranking only. */
const parametersPerCore = 110e6;

/**
 * How much work a second of speech is for one of the machine's cores; above 1 it will likely be slower than speech.
 * Whisper reads 30 s windows whatever is in them; transducers and the like get by with a third.
 */
export function workload(model: CatalogModel, { cores }: Machine): number {
  const isWhisper = /whisper|distil/i.test(`${model.checkpoint ?? ''} ${model.familyId}`);
  const weight = isWhisper ? 1 : 1 / 3;
  return ((model.parameters ?? 0) * weight) / (parametersPerCore * Math.max(1, cores));
}
