import { byteText } from '../common/byteText';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import { compareAccuracy } from '../protocol/accuracy';
import { defined } from '../protocol/defined';
import type { MachineFit } from '../protocol/panelSnapshot';
import type { Accuracy, CatalogModel } from './catalogModel';
import { languageKey, ratedIn, speaks, transcribes } from './languages';

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

interface RecommendationQuery {
  readonly machine: Machine;
  /** Codes of the languages to be transcribed; at least one. */
  readonly languages: readonly string[];
  /** Names of the runtimes that are here, as the catalog's loaders begin; empty: any will do. */
  readonly loaders: readonly string[];
  /** The name of a language for a message; the code itself when absent. */
  readonly languageName?: (code: string) => string;
  /** Seconds of audio for each second of work, as measured on this machine; it counts more than any rule of thumb. */
  readonly realTimeFactor?: (model: CatalogModel) => number | undefined;
}

/** The model to begin with, and what to take instead when it is too large or not good enough. */
export interface Recommendation {
  readonly model: CatalogModel;
  readonly reason: LocalizedMessage;
  /** The best that needs much less memory. */
  readonly smaller?: CatalogModel;
  /** The next one that is better by a published figure that can be compared, and still fits. */
  readonly better?: CatalogModel;
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
  /** In bytes. */
  readonly need: number;
  /** A published error rate in one of the languages that are wanted. */
  readonly rate: Accuracy | undefined;
}

/** Whether a model can be downloaded without an account and loaded as it is. */
function isReady(model: CatalogModel): boolean {
  return (
    transcribes(model) &&
    !model.gated &&
    !model.runsCode &&
    model.packed === undefined &&
    model.unavailable === undefined &&
    model.needs === undefined &&
    model.repoUnconfirmed !== true
  );
}

/** How many languages it was made for, in thirties: a few, a continent's, the world's. */
function breadth({ languages }: CatalogModel): number {
  return Math.ceil(languages.length / 30);
}

/** The published rate of a named benchmark, which others can be compared with, in one of the languages that are wanted. */
function wantedRate(
  model: CatalogModel,
  isWanted: readonly ReturnType<typeof ratedIn>[],
): Accuracy | undefined {
  return [model.accuracy, ...(model.moreAccuracy ?? [])].find(
    (rate) => rate?.benchmark !== undefined && isWanted.some((test) => test(rate)),
  );
}

/**
 * The order of candidates: what speaks more of the languages, fits, keeps up with speech, has no known defect and is one
 * of the hand-picked ones comes first. Published error rates decide where they are of a language that is wanted; else a
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
      Number(a.model.defect !== undefined) - Number(b.model.defect !== undefined) ||
      Number(b.model.starter) - Number(a.model.starter) ||
      (isSlowA ? a.load - b.load : 0) ||
      specialism ||
      compareAccuracy(a.rate, b.rate) ||
      compareAccuracy(a.model.accuracy, b.model.accuracy) ||
      b.load - a.load ||
      (a.model.sizeBytes ?? 0) - (b.model.sizeBytes ?? 0)
    );
  };
}

function reasonFor(
  { model, isTight, spoken, load, rate }: Candidate,
  query: RecommendationQuery,
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
  const measured = query.realTimeFactor?.(model);
  if (measured !== undefined && measured >= 1) {
    return localized(
      'Speaks {0}, and was {1} times as fast as speech on this machine; runs with {2}.',
      languages,
      Math.round(measured * 10) / 10,
      loader,
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
  const percent = rate?.werPercent;
  if (percent !== undefined) {
    return localized(
      'Speaks {0} with a published word error rate of {1} %, and fits in {2} of memory; runs with {3}.',
      languages,
      Math.round(percent * 10) / 10,
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

/** Needs so much less memory that it is another choice, not another quantization. */
const muchSmaller = 0.6;

/** The best candidate of another model that needs much less memory. */
function nextSmaller(candidates: readonly Candidate[], best: Candidate): CatalogModel | undefined {
  return candidates.find(
    ({ model, need, spoken }) =>
      model.checkpoint !== best.model.checkpoint &&
      spoken === best.spoken &&
      need <= best.need * muchSmaller,
  )?.model;
}

/**
 * The next one that is better: by a rate of the same benchmark in a language that is wanted; without such a rate the next
 * larger of the same family, which is made in the same way.
 */
function nextBetter(candidates: readonly Candidate[], best: Candidate): CatalogModel | undefined {
  const others = candidates.filter(
    ({ model, spoken }) => model.checkpoint !== best.model.checkpoint && spoken === best.spoken,
  );
  const { werPercent, benchmark } = best.rate ?? {};
  if (werPercent !== undefined) {
    const better = others
      .filter(({ rate }) => rate?.benchmark === benchmark && (rate?.werPercent ?? 100) < werPercent)
      .sort((a, b) => (b.rate?.werPercent ?? 0) - (a.rate?.werPercent ?? 0) || a.need - b.need);
    return better[0]?.model;
  }
  const { familyId, parameters = Infinity } = best.model;
  return others
    .filter(({ model }) => model.familyId === familyId && (model.parameters ?? 0) > parameters)
    .sort((a, b) => (a.model.parameters ?? 0) - (b.model.parameters ?? 0) || a.need - b.need)[0]
    ?.model;
}

/**
 * Recommends one model to begin with for a machine, its runtimes and the languages wanted, with the next smaller and the
 * next better one; undefined when no known model can do it here. Pure: the same query over the same models has the same
 * answer.
 */
export function recommend(
  models: readonly CatalogModel[],
  query: RecommendationQuery,
): Recommendation | undefined {
  const english = query.languages.every((code) => languageKey(code) === 'en');
  const isWanted = query.languages.map(ratedIn);
  const candidates = models
    .filter((model) => isReady(model) && loadsWith(model, query.loaders))
    .flatMap((model): Candidate[] => {
      const spoken = query.languages.filter((language) => speaks(model, language)).length;
      const fit = machineFit(model, query.machine);
      const need = memoryNeedBytes(model);
      if (spoken === 0 || fit === undefined || fit === 'tooLarge' || need === undefined) return [];
      const measured = query.realTimeFactor?.(model);
      const load = measured === undefined ? workload(model, query.machine) : 1 / measured;
      const rate = wantedRate(model, isWanted);
      return [{ model, isTight: fit === 'tight', spoken, load, need, rate }];
    })
    .sort(byMerit(english));
  const [best] = candidates;
  if (best === undefined) return undefined;
  return {
    model: best.model,
    reason: reasonFor(best, query),
    ...defined({
      smaller: nextSmaller(candidates, best),
      better: nextBetter(candidates, best),
    }),
  };
}
