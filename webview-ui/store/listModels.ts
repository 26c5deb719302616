import { compareAccuracy } from '../../src/protocol/accuracy';
import type {
  PanelCatalog,
  PanelFamily,
  PanelModel,
  PanelVariant,
} from '../../src/protocol/panelSnapshot';
import type { ListView, SizeFilter, SortOrder, StateFilter } from './viewState';

/** A model with those of its variants that pass the filters, in the order asked for. */
export interface ListedFamily {
  readonly family: PanelFamily;
  readonly variants: readonly PanelVariant[];
}

/**
 * The content of the list. Models without a passing variant are left out; sorting also orders the models. With a
 * language and no order the best model comes first, by published error rate where there is one; its variants stay in
 * their order, the best for this machine first.
 */
export function listModels(
  catalog: PanelCatalog,
  models: ReadonlyMap<string, PanelModel>,
  view: ListView,
  searchText: SearchText,
): readonly ListedFamily[] {
  const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  const languageFirst = view.language !== '' && view.sort === 'catalog';
  const compare = comparers[languageFirst ? 'accuracy' : view.sort];
  const listed = catalog.families.flatMap((family) => {
    const variants = family.variants.filter(
      (variant) =>
        (view.language === '' || variant.languages.includes(view.language)) &&
        (view.format === '' || variant.format === view.format) &&
        passesSize(variant, view.size) &&
        passesState(variant, models.get(variant.id), view.state) &&
        words.every((word) => searchText(family, variant).includes(word)),
    );
    if (variants.length === 0) return [];
    if (compare === undefined || languageFirst) return [{ family, variants }];
    return [{ family, variants: variants.toSorted(withinPlace(compare)) }];
  });
  if (compare === undefined) return listed;
  if (view.sort === 'name') {
    return listed.toSorted((a, b) => byText(a.family.name, b.family.name));
  }
  const bestOf = ({ variants }: ListedFamily): PanelVariant | undefined =>
    languageFirst ? variants.toSorted(compare)[0] : variants[0];
  return listed.toSorted((a, b) => {
    const [first, second] = [bestOf(a), bestOf(b)];
    return first === undefined || second === undefined ? 0 : compare(first, second);
  });
}

/** Variants that run here stay before those that run elsewhere, and these stay with their program. */
function withinPlace(
  compare: (a: PanelVariant, b: PanelVariant) => number,
): (a: PanelVariant, b: PanelVariant) => number {
  const placeOf = ({ elsewhere }: PanelVariant): string =>
    elsewhere === undefined ? '' : `elsewhere ${elsewhere}`;
  return (a, b) => byText(placeOf(a), placeOf(b)) || compare(a, b);
}

const comparers: Readonly<
  Record<SortOrder, ((a: PanelVariant, b: PanelVariant) => number) | undefined>
> = {
  catalog: undefined,
  name: (a, b) => byText(a.name, b.name),
  size: (a, b) => byNumber(a.sizeBytes, b.sizeBytes),
  accuracy: (a, b) => compareAccuracy(a.accuracy, b.accuracy),
  speed: (a, b) => byNumber(negative(a.accuracy?.rtfx), negative(b.accuracy?.rtfx)),
};

function negative(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}

/** The smaller first; what is unknown last. */
function byNumber(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a - b;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

function byText(a: string, b: string): number {
  return collator.compare(a, b);
}

function passesSize({ sizeBytes }: PanelVariant, filter: SizeFilter): boolean {
  if (filter === 'any') return true;
  if (sizeBytes === undefined) return false;
  return filter === 'over' ? sizeBytes > 3e9 : sizeBytes <= Number(filter) * 1e6;
}

function passesState(
  variant: PanelVariant,
  model: PanelModel | undefined,
  filter: StateFilter,
): boolean {
  switch (filter) {
    case 'any':
      return true;
    case 'downloaded':
      return model?.state === 'downloaded' || model?.state === 'damaged';
    case 'notDownloaded':
      return (model?.state ?? 'notDownloaded') === 'notDownloaded' || model?.state === 'incomplete';
    case 'updatable':
      return model?.updateAvailable === true;
    case 'fits':
      return variant.fits === 'fits';
  }
}

/** Tells, lower case, everything of a variant that a word of the search can hit. */
export type SearchText = (family: PanelFamily, variant: PanelVariant) => string;

/** Builds each variant's text once: typing must stay fluid over hundreds of them. */
export function createSearchText(languageName: (code: string) => string): SearchText {
  const texts = new WeakMap<PanelVariant, string>();
  return (family, variant) => {
    const known = texts.get(variant);
    if (known !== undefined) return known;
    const text = [
      variant.id,
      variant.name,
      family.name,
      variant.familyName,
      variant.publisher ?? '',
      variant.format,
      variant.quantization ?? '',
      variant.licence.id,
      ...variant.loaders,
      ...variant.languages.map((code) => `${code} ${languageName(code)}`),
    ]
      .join(' ')
      .toLowerCase();
    texts.set(variant, text);
    return text;
  };
}
