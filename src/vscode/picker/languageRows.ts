import type { CatalogModel, ModelRecord } from '../../models';
import type { Translate } from '../views/progressText';
import type { LanguageName } from './languageNames';
import { modelRow, type PickerFacts, type PickerRow } from './pickerItems';

/** A language that can be chosen. */
export interface LanguageRow {
  readonly language: string;
  readonly label: string;
  readonly description: string;
}

/** The languages by name, the person's own first. The code is shown, and so can be typed. */
export function languageRows(
  spoken: readonly { readonly language: string; readonly models: number }[],
  own: string,
  nameOf: LanguageName,
  t: Translate,
): readonly LanguageRow[] {
  return spoken
    .filter(({ language }) => language !== 'any')
    .map(({ language, models }) => ({
      language,
      label: nameOf(language),
      description: `${language} · ${models === 1 ? t('1 model') : t('{0} models', models)}`,
    }))
    .sort(
      (a, b) =>
        Number(b.language === own) - Number(a.language === own) || a.label.localeCompare(b.label),
    );
}

/** What speaks a language, in the order given, under headings that say what the order goes by. */
export function spokenModelRows(
  records: readonly ModelRecord[],
  facts: PickerFacts,
  t: Translate,
): readonly PickerRow[] {
  let last: string | undefined;
  return records.flatMap((record): PickerRow[] => {
    const label = headingOf(record.model, t);
    const heading: PickerRow[] = label === last ? [] : [{ kind: 'heading', label }];
    last = label;
    const row = modelRow(record, facts, t);
    return [...heading, withRate(row, record.model, t)];
  });
}

function headingOf({ runsCode, unavailable, accuracy }: CatalogModel, t: Translate): string {
  if (runsCode) return t('Can run code when loaded');
  if (unavailable !== undefined) return t('Only described');
  return accuracy?.werPercent === undefined
    ? t('No published word error rate')
    : t('Best published word error rate first');
}

/** With the rate and what was measured: most are of English, whatever else a model speaks. */
function withRate(
  row: Extract<PickerRow, { kind: 'model' }>,
  { accuracy }: CatalogModel,
  t: Translate,
): PickerRow {
  if (accuracy?.werPercent === undefined) return row;
  const rate = Math.round(accuracy.werPercent * 10) / 10;
  const [benchmark = ''] = (accuracy.benchmark ?? accuracy.source).split(';');
  return {
    ...row,
    description: `${row.description} · ${t('word error rate {0} %', rate)}`,
    detail: `${row.detail} · ${t('measured: {0}', benchmark)}`,
  };
}
