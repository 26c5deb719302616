import { defined } from '../protocol/defined';
import { programOf } from '../protocol/programs';
import type { MachineFit } from '../protocol/panelSnapshot';
import type { CatalogModel } from './catalogModel';
import { transcribes } from './languages';

/** Variants that run only in another program, or do not transcribe at all (no program). */
interface ElsewhereVariants {
  readonly program?: string;
  readonly variants: readonly CatalogModel[];
}

/** One model, whatever its formats and quantizations: what a person chooses before the file. */
export interface ModelGroup {
  /** Unique among the groups. */
  readonly id: string;
  readonly name: string;
  /** The variants that run here, the best for this machine first. */
  readonly here: readonly CatalogModel[];
  /** Those that run only elsewhere, by the program that they are for. */
  readonly elsewhere: readonly ElsewhereVariants[];
}

/** The facts that decide the order of a model's variants. */
export interface VariantFacts {
  readonly runsHere: (model: CatalogModel) => boolean;
  readonly fitOf: (model: CatalogModel) => MachineFit | undefined;
  /** Seconds of audio for each second of work, as measured on this machine. */
  readonly realTimeFactor?: (model: CatalogModel) => number | undefined;
}

/** Families whose members have nothing in common but where they come from. */
const looseFamilies = new Set(['hf', 'imported', 'files']);

/** A number at a model's end that says how soon a streaming model answers: "80ms". */
const latency = /\s\d+ms$/;

/** The words that all names begin with. */
function commonWords(names: readonly string[]): string {
  const [first = [], ...others] = names.map((name) => name.split(' '));
  const end = first.findIndex((word, at) => others.some((words) => words[at] !== word));
  return first.slice(0, end < 0 ? first.length : end).join(' ');
}

/** The model's name without what tells its variants apart. */
function nameOf(first: CatalogModel, variants: readonly CatalogModel[]): string {
  const { modelName, checkpoint, familyId, familyName, source } = first;
  if (modelName !== undefined) return modelName.replace(latency, '');
  if (familyId === 'hf') return source.repo;
  if (checkpoint === undefined && !looseFamilies.has(familyId)) return familyName;
  return commonWords(variants.map(({ name }) => name)) || (checkpoint ?? first.name);
}

/** The same model under the same name in two families is one; in two catalogs it is two. */
function idOf({ catalog, checkpoint, familyId, modelName, source }: CatalogModel): string {
  const own = looseFamilies.has(familyId) ? source.repo : `${familyId}/${modelName ?? ''}`;
  const id = checkpoint ?? own;
  return catalog.id === 'built-in' ? id : `${catalog.id}/${id}`;
}

/** The items by a key, in the order of their first. */
function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [item]);
    else members.push(item);
  }
  return groups;
}

/**
 * Bits of a weight, in the order of preference: with eight there is no audible loss, six and five are smaller and a
 * little worse, sixteen are larger and no better; four lose more.
 */
const bitsInOrder = [8, 6, 5, 16, 4, 32];

function precisionRank({ quantization = '' }: CatalogModel): number {
  const bits = Number(/(?:q|int|fp?|bf)(\d+)/i.exec(quantization)?.[1]);
  const at = bitsInOrder.indexOf(bits);
  return at < 0 ? bitsInOrder.length : at;
}

const fitRank = { fits: 0, tight: 1, unknown: 2, tooLarge: 3 };

/** Orders the variants of one model that run here: what fits, keeps up, and can be had at once comes first. */
function byUse({ fitOf, realTimeFactor }: VariantFacts) {
  const isSlow = (model: CatalogModel): boolean => (realTimeFactor?.(model) ?? 1) < 1;
  return (a: CatalogModel, b: CatalogModel): number =>
    fitRank[fitOf(a) ?? 'unknown'] - fitRank[fitOf(b) ?? 'unknown'] ||
    Number(isSlow(a)) - Number(isSlow(b)) ||
    Number(a.gated) - Number(b.gated) ||
    Number(b.starter) - Number(a.starter) ||
    precisionRank(a) - precisionRank(b) ||
    (a.sizeBytes ?? Infinity) - (b.sizeBytes ?? Infinity) ||
    0;
}

/** Smallest first; what is only described last. */
function bySize(a: CatalogModel, b: CatalogModel): number {
  return (
    Number(a.unavailable !== undefined) - Number(b.unavailable !== undefined) ||
    Number(a.runsCode) - Number(b.runsCode) ||
    (a.sizeBytes ?? Infinity) - (b.sizeBytes ?? Infinity) ||
    0
  );
}

function elsewhereOf(models: readonly CatalogModel[]): readonly ElsewhereVariants[] {
  const byProgram = grouped(models, (model) =>
    transcribes(model) ? programOf(model.format, model.loaders) : undefined,
  );
  return [...byProgram].map(([program, variants]) => ({
    ...defined({ program }),
    variants: variants.toSorted(bySize),
  }));
}

/** The models in the order in which their first variant comes, each with all of its variants. */
export function modelGroups(
  models: readonly CatalogModel[],
  facts: VariantFacts,
): readonly ModelGroup[] {
  const compare = byUse(facts);
  return [...grouped(models, idOf)].flatMap(([id, variants]): ModelGroup[] => {
    const [first] = variants;
    if (first === undefined) return [];
    const here = variants.filter(facts.runsHere).sort(compare);
    const rest = variants.filter((variant) => !here.includes(variant));
    return [{ id, name: nameOf(first, variants), here, elsewhere: elsewhereOf(rest) }];
  });
}
