import { defined } from '../../protocol/defined';
import type {
  MachineFit,
  PackedCatalog,
  PackedVariant,
  PanelAccuracy,
  PanelCatalog,
  PanelFile,
  PanelVariant,
} from '../../protocol/panelSnapshot';
import type { CatalogModel } from '../../models';

/** The built-in catalog's id: its name is not shown on each of its models. */
const builtInCatalogId = 'built-in';

/** What is known of models beyond the catalog. */
export interface PanelCatalogFacts {
  readonly isFromHub?: (model: CatalogModel) => boolean;
  readonly safeCopyOf?: (model: CatalogModel) => string | undefined;
}

/**
 * The catalog as the page shows it: families in the order in which their first model comes. `fitsOf` says whether
 * this machine has the memory for a model; undefined when its need is unknown.
 */
export function buildPanelCatalog(
  models: readonly CatalogModel[],
  fitsOf: (model: CatalogModel) => MachineFit | undefined,
  facts: PanelCatalogFacts = {},
): PanelCatalog {
  const byFamily = new Map<string, CatalogModel[]>();
  for (const model of models) {
    const members = byFamily.get(model.familyId);
    if (members === undefined) byFamily.set(model.familyId, [model]);
    else members.push(model);
  }
  const canonical = canonicalLanguages();
  const families = [...byFamily.values()].flatMap((members) => {
    const first = members[0];
    if (first === undefined) return [];
    const shared = members.every(({ description }) => description === first.description);
    const { publisher, description } = first;
    return [
      {
        id: first.familyId,
        name: first.familyName,
        ...defined({ publisher }),
        ...(shared && description !== undefined ? { description } : {}),
        variants: members.map((model) =>
          panelVariant(model, shared, fitsOf(model), canonical, facts),
        ),
      },
    ];
  });
  return { families };
}

function panelVariant(
  model: CatalogModel,
  familyTellsDescription: boolean,
  fits: MachineFit | undefined,
  canonical: (code: string) => string,
  { isFromHub, safeCopyOf }: PanelCatalogFacts,
): PanelVariant {
  const { description, quantization, sizeBytes, memoryBytes, accuracy, licence } = model;
  const safeCopyId = model.runsCode ? safeCopyOf?.(model) : undefined;
  const isAskable = model.source.kind === 'hub' && model.unavailable === undefined;
  return {
    id: model.id,
    name: model.name,
    format: model.format,
    languages: [...new Set(model.languages.map(canonical))],
    licence: { id: licence.id, ...defined({ url: licence.url }) },
    gated: model.gated,
    runsCode: model.runsCode,
    loaders: model.loaders,
    starter: model.starter,
    ...(description === undefined || familyTellsDescription ? {} : { description }),
    ...defined({ quantization, sizeBytes }),
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
  const loaders = new Table<PanelVariant['loaders']>();
  const licences = new Table<PanelVariant['licence']>();
  const accuracies = new Table<PackedCatalog['accuracies'][number]>();
  const texts = new Table<string>();
  const packAccuracy = ({ benchmark, source, ...figures }: PanelAccuracy): number =>
    accuracies.indexOf({
      ...figures,
      ...(benchmark === undefined ? {} : { benchmark: texts.indexOf(benchmark) }),
      source: texts.indexOf(source),
    });
  const pack = (variant: PanelVariant): PackedVariant => {
    const { gated, runsCode, starter, accuracy, ...rest } = variant;
    return {
      ...rest,
      format: formats.indexOf(variant.format),
      languages: languages.indexOf(variant.languages),
      loaders: loaders.indexOf(variant.loaders),
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
    loaders: loaders.values,
    licences: licences.values,
    accuracies: accuracies.values,
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
