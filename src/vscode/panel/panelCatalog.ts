import { defined } from '../../protocol/defined';
import type {
  MachineFit,
  PackedCatalog,
  PackedVariant,
  PanelAbilities,
  PanelAccuracy,
  PanelCatalog,
  PanelFile,
  PanelVariant,
} from '../../protocol/panelSnapshot';
import type { CatalogModel, ModelGroup } from '../../models';
import type { Translate } from '../../protocol/progressText';
import { catalogText } from '../ui/catalogText';
import { distinctNames } from '../ui/distinctNames';
import { localFamily } from '../ui/familyName';

/** The built-in catalog's id: its name is not shown on each of its models. */
const builtInCatalogId = 'built-in';

/** The facts about models beyond the catalog. */
interface PanelCatalogFacts {
  /** Whether this machine has the memory; undefined when the need is unknown. */
  readonly fitOf?: (model: CatalogModel) => MachineFit | undefined;
  readonly isFromHub?: (model: CatalogModel) => boolean;
  readonly safeCopyOf?: (model: CatalogModel) => string | undefined;
  /** How a text of the built-in catalog reads in the person's language. */
  readonly t?: Translate;
}

/** The catalog as the page shows it: models, each with its variants. */
export function buildPanelCatalog(
  groups: readonly ModelGroup[],
  facts: PanelCatalogFacts = {},
): PanelCatalog {
  const all = groups.flatMap(variantsOf);
  const headings = groups.filter((group) => variantsOf(group).length > 1).map(({ name }) => name);
  const nameOf = distinctNames(
    all.map(({ model }) => model),
    headings,
  );
  const canonical = canonicalLanguages();
  return {
    families: groups.map((group) => ({
      id: group.id,
      name: group.name,
      variants: variantsOf(group).map(({ model, program }, at) => ({
        ...panelVariant(model, canonical, facts),
        name: nameOf(model),
        ...(at === 0 && program === undefined ? { best: true as const } : {}),
        ...defined({ elsewhere: program }),
      })),
    })),
  };
}

/** A variant that runs here has no program; one that does not transcribe at all has an empty one. */
function variantsOf({ here, elsewhere }: ModelGroup): readonly PlacedVariant[] {
  return [
    ...here.map((model) => ({ model })),
    ...elsewhere.flatMap(({ program = '', variants }) =>
      variants.map((model) => ({ model, program })),
    ),
  ];
}

interface PlacedVariant {
  readonly model: CatalogModel;
  readonly program?: string;
}

function panelVariant(
  model: CatalogModel,
  canonical: (code: string) => string,
  { fitOf, isFromHub, safeCopyOf, t = (text) => text }: PanelCatalogFacts,
): PanelVariant {
  const { quantization, sizeBytes, memoryBytes, licence } = model;
  const [description, publisher] = [model.description, model.publisher].map(
    (text) => text && catalogText(text, t),
  );
  const accuracy = model.accuracy && panelAccuracy(model.accuracy, t);
  const safeCopyId = model.runsCode ? safeCopyOf?.(model) : undefined;
  const isAskable = model.source.kind === 'hub' && model.unavailable === undefined;
  const fits = fitOf?.(model);
  return {
    id: model.id,
    name: model.name,
    familyName: localFamily(model.familyName, t),
    format: model.format,
    languages: [...new Set(model.languages.map(canonical))],
    licence: { id: licence.id, ...defined({ url: licence.url }) },
    gated: model.gated,
    runsCode: model.runsCode,
    loaders: model.loaders.map((loader) => catalogText(loader, t)),
    starter: model.starter,
    ...defined({ publisher, description, quantization, sizeBytes }),
    ...(memoryBytes === undefined ? {} : { memoryBytes: memoryBytes.bytes }),
    ...defined({ accuracy }),
    ...(model.files.length === 0 ? {} : { fileCount: model.files.length }),
    ...(isAskable ? { hub: isFromHub?.(model) === true ? 'asked' : 'notAsked' } : {}),
    ...defined({ safeCopyId, fits }),
    ...(model.catalog.id === builtInCatalogId ? {} : { catalogName: model.catalog.name }),
  };
}

/** A model's files with size and digest, as the page shows them; undefined while they are not listed. */
export function panelFiles({ files }: CatalogModel): readonly PanelFile[] | undefined {
  return files.length === 0 ? undefined : files.map(panelFile);
}

/** A published rate with the name of its benchmark in the person's language; its source is an address. */
export function panelAccuracy(rate: PanelAccuracy, t: Translate): PanelAccuracy {
  const { benchmark } = rate;
  return benchmark === undefined ? rate : { ...rate, benchmark: catalogText(benchmark, t) };
}

/**
 * The abilities of a model besides transcribing; undefined when it does not transcribe, or when no catalog describes
 * it.
 */
export function panelAbilities(model: CatalogModel): PanelAbilities | undefined {
  const { tasks = [], streaming, translates, timestamps } = model;
  const isDescribed = tasks.includes('transcribe');
  return isDescribed ? { streams: streaming, translates, ...defined({ timestamps }) } : undefined;
}

function panelFile({ path, sizeBytes, sha256, gitSha1 }: CatalogModel['files'][number]): PanelFile {
  const digest =
    sha256 === undefined
      ? gitSha1 === undefined
        ? undefined
        : `git-sha1:${gitSha1}`
      : `sha256:${sha256}`;
  return {
    path,
    ...defined({ sizeBytes, digest }),
  };
}

/** Asks for each code once: hundreds of models name a hundred of them. */
function canonicalLanguages(): (code: string) => string {
  const known = new Map<string, string>();
  return (code) => {
    const canonical = known.get(code) ?? canonicalLanguage(code);
    known.set(code, canonical);
    return canonical;
  };
}

/** One code for each language: catalogs write Filipino as `tl` and as `fil`, Hebrew as `iw` and as `he`. */
function canonicalLanguage(code: string): string {
  try {
    return Intl.getCanonicalLocales(code)[0] ?? code;
  } catch {
    // A catalog's own word, such as "multi lingual".
    return code;
  }
}

/** Sends once what many variants share: of some hundred kilobytes a quarter is left. */
export function packCatalog({ families }: PanelCatalog): PackedCatalog {
  const formats = new Table<string>();
  const languages = new Table<PanelVariant['languages']>();
  const licences = new Table<PanelVariant['licence']>();
  const accuracies = new Table<PackedCatalog['accuracies'][number]>();
  const texts = new Table<string>();
  const abouts = new Table<PackedCatalog['abouts'][number]>();
  const packAccuracy = ({ benchmark, source, ...figures }: PanelAccuracy): number =>
    accuracies.indexOf({
      ...figures,
      ...(benchmark === undefined ? {} : { benchmark: texts.indexOf(benchmark) }),
      source: texts.indexOf(source),
    });
  const pack = (variant: PanelVariant): PackedVariant => {
    const { gated, runsCode, starter, accuracy, ...own } = variant;
    const { familyName, publisher, description, loaders, elsewhere, hub, ...rest } = own;
    const shared = { familyName, loaders, ...defined({ publisher, description, elsewhere }) };
    return {
      ...rest,
      about: abouts.indexOf(shared),
      ...(hub === 'notAsked' ? {} : { hub: hub ?? 'none' }),
      format: formats.indexOf(variant.format),
      languages: languages.indexOf(variant.languages),
      licence: licences.indexOf(variant.licence),
      ...(accuracy === undefined ? {} : { accuracy: packAccuracy(accuracy) }),
      ...(gated ? { gated } : {}),
      ...(runsCode ? { runsCode } : {}),
      ...(starter ? { starter } : {}),
    };
  };
  return {
    families: families.map(({ variants, ...family }) => ({
      ...family,
      variants: variants.map(pack),
    })),
    formats: formats.values,
    languages: languages.values,
    licences: licences.values,
    accuracies: accuracies.values,
    abouts: abouts.values,
    texts: texts.values,
  };
}

/** Distinct values, each with its index. */
class Table<T> {
  readonly values: T[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(value: T): number {
    const key = JSON.stringify(value);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.values.length);
    return this.values.push(value) - 1;
  }
}
