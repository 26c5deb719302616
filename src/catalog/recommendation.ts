import { byteText } from '../common/byteText';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import { compareAccuracy } from '../protocol/accuracy';
import type { MachineFit } from '../protocol/panelSnapshot';
import type { CatalogModel } from './catalogModel';
import { languageKey, speaks, transcribes } from './languages';

/** The machine that a model will run on. */
export interface Machine {
  /** All of it, in bytes, not what is free this minute. */
  readonly memoryBytes: number;
  /** Physical cores. */
  readonly cores: number;
}

/** A runtime needs working memory in addition to the weights: whisper.cpp's published peaks, rounded up. */
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
 * `tight` in four fifths, `tooLarge` beyond; undefined when its need is not known.
 */
export function machineFit(model: CatalogModel, { memoryBytes }: Machine): MachineFit | undefined {
  const need = memoryNeedBytes(model);
  if (need === undefined) return undefined;
  if (need <= memoryBytes * 0.5) return 'fits';
  return need <= memoryBytes * 0.8 ? 'tight' : 'tooLarge';
}

/** Parameters that one core gets through about as fast as speech: a rule of thumb, for ranking only. */
const parametersPerCore = 110e6;

/**
 * How much work a second of speech is for one of the machine's cores; above 1 it will likely be slower than speech.
 * Whisper reads 30 s windows whatever is in them; transducers and the like need a third.
 */
function workload(model: CatalogModel, { cores }: Machine): number {
  const isWhisper = /whisper|distil/i.test(`${model.checkpoint ?? ''} ${model.familyId}`);
  const weight = isWhisper ? 1 : 1 / 3;
  return ((model.parameters ?? 0) * weight) / (parametersPerCore * Math.max(1, cores));
}

export interface RecommendationQuery {
  readonly machine: Machine;
  /** Codes of the languages to be transcribed; at least one. */
  readonly languages: readonly string[];
  /** Names of the runtimes that are here, as the catalog's loaders begin; empty: any will do. */
  readonly loaders: readonly string[];
  /** The name of a language for a message; the code itself when absent. */
  readonly languageName?: (code: string) => string;
}

/** The model to begin with. */
export interface Recommendation {
  readonly model: CatalogModel;
  readonly reason: LocalizedMessage;
}

/** Whether one of these runtimes loads it: "sherpa-onnx-node" is the beginning of "sherpa-onnx-node OnlineRecognizer". */
export function loadsWith(model: CatalogModel, loaders: readonly string[]): boolean {
  return (
    loaders.length === 0 ||
    model.loaders.some((loader) => loaders.some((name) => `${loader} `.startsWith(`${name} `)))
  );
}

interface Candidate {
  readonly model: CatalogModel;
  readonly isTight: boolean;
  readonly spoken: number;
  readonly load: number;
}

/** Whether a model can be downloaded without an account and loaded as it is. */
function isReady(model: CatalogModel): boolean {
  return (
    transcribes(model) &&
    !model.gated &&
    !model.runsCode &&
    model.packed === undefined &&
    model.unavailable === undefined &&
    model.repoUnconfirmed !== true
  );
}

/** How many languages it was made for, in thirties: a few, a continent's, the world's. */
function breadth({ languages }: CatalogModel): number {
  return Math.ceil(languages.length / 30);
}

/**
 * The order of candidates: what speaks more of the languages, fits, keeps up with speech, and is one of the
 * hand-picked ones comes first. Published error rates are of English: they decide where English is wanted; elsewhere a
 * model made for fewer languages is taken for the better one. Then the larger, unless none keeps up.
 */
function byMerit(english: boolean): (a: Candidate, b: Candidate) => number {
  return (a, b) => {
    const isSlowA = a.load > 1;
    const isSlowB = b.load > 1;
    const specialism = english ? 0 : breadth(a.model) - breadth(b.model);
    return (
      b.spoken - a.spoken ||
      Number(a.isTight) - Number(b.isTight) ||
      Number(isSlowA) - Number(isSlowB) ||
      Number(b.model.starter) - Number(a.model.starter) ||
      (isSlowA ? a.load - b.load : 0) ||
      specialism ||
      compareAccuracy(a.model.accuracy, b.model.accuracy) ||
      b.load - a.load ||
      (a.model.sizeBytes ?? 0) - (b.model.sizeBytes ?? 0)
    );
  };
}

function reasonFor(
  { model, isTight, spoken, load }: Candidate,
  query: RecommendationQuery,
  english: boolean,
): LocalizedMessage {
  const name = query.languageName ?? ((code: string) => code);
  const languages = query.languages.map(name).join(', ');
  const memory = byteText(query.machine.memoryBytes);
  const loader =
    model.loaders.find((text) => loadsWith({ ...model, loaders: [text] }, query.loaders)) ?? '';
  if (spoken < query.languages.length) {
    return localized(
      'No model here speaks all of {0}; this one speaks the most of them.',
      languages,
    );
  }
  if (load > 1) {
    return localized(
      'Speaks {0} and is the lightest that does; on {1} cores it will be slower than speech. Runs with {2}.',
      languages,
      query.machine.cores,
      loader,
    );
  }
  if (isTight) {
    return localized(
      'Speaks {0} and is the best choice for {1} of memory, where it is tight; runs with {2}.',
      languages,
      memory,
      loader,
    );
  }
  const rate = model.accuracy?.werPercent;
  if (english && rate !== undefined) {
    return localized(
      'Speaks {0} with a published word error rate of {1} %, and fits in {2} of memory; runs with {3}.',
      languages,
      Math.round(rate * 10) / 10,
      memory,
      loader,
    );
  }
  return localized(
    'Speaks {0}, keeps up on {1} cores and fits in {2} of memory; runs with {3}.',
    languages,
    query.machine.cores,
    memory,
    loader,
  );
}

/**
 * Recommends one model to begin with for a machine, its runtimes and the languages wanted; undefined when no known model
 * can do it here. Pure: the same query over the same models has the same answer.
 */
export function recommend(
  models: readonly CatalogModel[],
  query: RecommendationQuery,
): Recommendation | undefined {
  const english = query.languages.every((code) => languageKey(code) === 'en');
  const [best] = models
    .filter((model) => isReady(model) && loadsWith(model, query.loaders))
    .flatMap((model): Candidate[] => {
      const spoken = query.languages.filter((language) => speaks(model, language)).length;
      const fit = machineFit(model, query.machine);
      if (spoken === 0 || fit === undefined || fit === 'tooLarge') return [];
      return [{ model, isTight: fit === 'tight', spoken, load: workload(model, query.machine) }];
    })
    .sort(byMerit(english));
  return best && { model: best.model, reason: reasonFor(best, query, english) };
}
