import { byteText } from '../../common/byteText';
import type { CatalogModel, ModelGroup, ModelRecord } from '../../models';
import { catalogText } from '../ui/catalogText';
import { distinctNames } from '../ui/distinctNames';
import { localFamily } from '../ui/familyName';
import { languagePart, licenceText } from '../ui/modelText';
import type { Translate } from '../../protocol/progressText';
import { fitText, stateText, variantRow, type PickerFacts, type PickerRow } from './pickerItems';

/** As many variants are shown with their model; of more, the models alone. */
const mostVariantsShown = 12;

/** Models with their variants, and the record of each variant. */
export interface GroupedRecords {
  readonly groups: readonly ModelGroup[];
  readonly recordOf: (model: CatalogModel) => ModelRecord | undefined;
}

function variantsOf({ here, elsewhere }: ModelGroup): readonly CatalogModel[] {
  return [...here, ...elsewhere.flatMap(({ variants }) => variants)];
}

/** Names that no two rows have, be it variants or models. */
export function rowNames(groups: readonly ModelGroup[]): (model: CatalogModel) => string {
  const several = groups.filter((group) => variantsOf(group).length > 1);
  return distinctNames(
    groups.flatMap(variantsOf),
    several.map(({ name }) => name),
  );
}

/** Where a model's variants run that do not run here. */
function placeText(program: string | undefined, t: Translate): string {
  return program === undefined ? t('Does not transcribe') : t('Only in {0}', program);
}

/** A model as a row; one with a single variant is that variant. */
function groupRow(
  group: ModelGroup,
  { recordOf }: GroupedRecords,
  facts: PickerFacts,
  t: Translate,
): readonly PickerRow[] {
  const variants = variantsOf(group);
  const [best] = variants;
  const record = best && recordOf(best);
  if (best === undefined || record === undefined) return [];
  if (variants.length === 1) return [variantRow(record, facts, t)];
  const bytes = record.totalBytes ?? best.sizeBytes;
  const [first] = group.elsewhere;
  const states = variants.flatMap((variant) => {
    const found = recordOf(variant);
    return (found && stateText(found, t)) ?? [];
  });
  const description = [
    group.here.length === 0
      ? placeText(first?.program, t)
      : bytes === undefined
        ? t('size unknown')
        : t('best here {0}', byteText(bytes, t.language)),
    ...states.slice(0, 1),
    ...(best.accuracy?.werPercent === undefined
      ? []
      : [t('word error rate {0} %', Math.round(best.accuracy.werPercent * 10) / 10)]),
  ];
  const detail = [
    ...languagePart(best.languages, t, best.languageCount, facts.languageName),
    t('{0} variants', variants.length),
    licenceText(best.licence.id, t),
    ...(group.here.length === 0 ? [] : fitText(facts.fitOf(record), t)),
  ];
  return [
    {
      kind: 'group',
      group,
      label: group.name,
      description: description.join(' · '),
      detail: detail.join(' · '),
    },
  ];
}

/**
 * All models: those of extra catalogs first, because the person added them; then what runs here, then what runs only in
 * other programs, in the catalogs' order.
 */
export function groupRows(
  records: GroupedRecords,
  facts: PickerFacts,
  t: Translate,
): readonly PickerRow[] {
  const byHeading = new Map<string, PickerRow[]>();
  const extra = new Set<string>();
  for (const group of records.groups) {
    const [first] = variantsOf(group);
    if (first === undefined) continue;
    const isExtra = first.catalog.id !== 'built-in';
    const label = isExtra
      ? localFamily(first.catalog.name, t)
      : group.here.length > 0
        ? t('Run on this machine')
        : t('Run only in other programs');
    if (isExtra) extra.add(label);
    const rows = byHeading.get(label) ?? [];
    byHeading.set(label, rows);
    rows.push(...groupRow(group, records, facts, t));
  }
  const order = [t('Run on this machine'), t('Run only in other programs')];
  const headings = [...extra, ...order.filter((label) => byHeading.has(label))];
  return headings.flatMap((label): PickerRow[] => [
    { kind: 'heading', label },
    ...(byHeading.get(label) ?? []),
  ]);
}

/** The variants of one model below each other: what runs here, the best first, then the other programs' own. */
export function variantRows(
  { here, elsewhere }: ModelGroup,
  { recordOf }: GroupedRecords,
  facts: PickerFacts,
  t: Translate,
): readonly PickerRow[] {
  const count = here.length + elsewhere.reduce((sum, { variants }) => sum + variants.length, 0);
  const rowsOf = (models: readonly CatalogModel[], best?: CatalogModel): readonly PickerRow[] =>
    models.flatMap((model) => {
      const record = recordOf(model);
      return record === undefined ? [] : [variantRow(record, facts, t, model === best)];
    });
  const [best] = count > 1 ? here : [];
  return [
    ...(here.length === 0
      ? []
      : [{ kind: 'heading' as const, label: t('Run on this machine') }, ...rowsOf(here, best)]),
    ...elsewhere.flatMap(({ program, variants }): PickerRow[] => [
      { kind: 'heading', label: placeText(program, t) },
      ...rowsOf(variants),
    ]),
  ];
}

/**
 * The results of a search, best first: the variant whose id was typed, then the models. A few variants are shown with
 * their model as the heading.
 */
export function foundRows(
  found: readonly CatalogModel[],
  query: string,
  records: GroupedRecords,
  facts: PickerFacts,
  t: Translate,
): readonly PickerRow[] {
  const wanted = new Set(found);
  const exact = found.find(({ id }) => id === query.toLowerCase());
  const exactRecord = exact && records.recordOf(exact);
  const groups = groupsInOrder(found, records);
  const rows = groups.flatMap((group): readonly PickerRow[] => {
    if (found.length > mostVariantsShown) return groupRow(group, records, facts, t);
    const [best] = variantsOf(group);
    const shown = variantsOf(group).filter((variant) => wanted.has(variant) && variant !== exact);
    const variants = shown.flatMap((variant) => {
      const record = records.recordOf(variant);
      if (record === undefined) return [];
      const isBest = variant === best && variant === group.here[0] && variantsOf(group).length > 1;
      return [variantRow(record, facts, t, isBest)];
    });
    if (variants.length === 0) return [];
    return [{ kind: 'heading', label: group.name }, ...variants];
  });
  return [...(exactRecord === undefined ? [] : [variantRow(exactRecord, facts, t)]), ...rows];
}

/** The models of these variants, in their order. */
function groupsInOrder(
  models: readonly CatalogModel[],
  { groups }: GroupedRecords,
): readonly ModelGroup[] {
  const groupOf = new Map(
    groups.flatMap((group) => variantsOf(group).map((variant) => [variant, group] as const)),
  );
  return [...new Set(models.flatMap((model) => groupOf.get(model) ?? []))];
}

/**
 * Models that transcribe a language, in the order given, under headings that name the order. `isRatedIn`: whether a model's
 * published error rate is of this language.
 */
export function spokenRows(
  models: readonly CatalogModel[],
  isRatedIn: (model: CatalogModel) => boolean,
  records: GroupedRecords,
  facts: PickerFacts,
  t: Translate,
): readonly PickerRow[] {
  const first = new Map<ModelGroup, CatalogModel>();
  const groupOf = groupsInOrder(models, records);
  for (const group of groupOf) {
    const variants = new Set(variantsOf(group));
    const model = models.find((each) => variants.has(each));
    if (model !== undefined) first.set(group, model);
  }
  const isShort = models.length <= mostVariantsShown;
  const rows = isShort
    ? models.flatMap((model) => {
        const record = records.recordOf(model);
        return record === undefined ? [] : [{ model, row: variantRow(record, facts, t) }];
      })
    : [...first].flatMap(([group, model]) =>
        groupRow(group, records, facts, t).map((row) => ({ model, row })),
      );
  let last: string | undefined;
  return rows.flatMap(({ model, row }): PickerRow[] => {
    const label = headingOf(model, isRatedIn(model), t);
    const heading: PickerRow[] = label === last ? [] : [{ kind: 'heading', label }];
    last = label;
    return [...heading, row.kind === 'heading' ? row : withBenchmark(row, model, t)];
  });
}

function headingOf(
  { runsCode, unavailable, accuracy }: CatalogModel,
  isRated: boolean,
  t: Translate,
): string {
  if (runsCode) return t('Can run code when loaded');
  if (unavailable !== undefined) return t('Only described');
  if (accuracy?.werPercent === undefined) return t('No published word error rate');
  return isRated
    ? t('Best published word error rate first')
    : t('Other published word error rates, best first');
}

/** With the benchmark: most are English, whatever else a model transcribes. */
function withBenchmark<T extends { readonly detail: string }>(
  row: T,
  { accuracy }: CatalogModel,
  t: Translate,
): T {
  if (accuracy?.werPercent === undefined) return row;
  const [benchmark = ''] = catalogText(accuracy.benchmark ?? accuracy.source, t).split(/[;；]/);
  return { ...row, detail: `${row.detail} · ${t('measured: {0}', benchmark)}` };
}
