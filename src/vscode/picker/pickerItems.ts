import { byteText } from '../../common/byteText';
import type { ModelRecord } from '../../models';
import type { Translate } from '../views/progressText';
import { languagePart } from '../views/treeNodes';
import type { LanguageName } from './languageNames';

/** A row or a heading of the model picker, before it becomes a `QuickPickItem`. */
export type PickerRow =
  | { readonly kind: 'heading'; readonly label: string }
  | {
      readonly kind: 'model';
      readonly modelId: string;
      readonly label: string;
      readonly description: string;
      readonly detail: string;
    };

/** What the picker knows of a model beside its record. */
export interface PickerFacts {
  readonly fitOf: (record: ModelRecord) => 'fits' | 'tight' | 'tooLarge' | undefined;
  readonly hasUpdate: (record: ModelRecord) => boolean;
  readonly languageName: LanguageName;
  /** Whether its size is what the hub said in this session. */
  readonly isFromHub: (record: ModelRecord) => boolean;
}

/** All models by family, in the catalogs' order, extra catalogs first because a person asked for them. */
export function pickerRows(
  records: readonly ModelRecord[],
  facts: PickerFacts,
  t: Translate,
): readonly PickerRow[] {
  const groups = new Map<string, { label: string; extra: boolean; rows: PickerRow[] }>();
  for (const record of records) {
    const { model } = record;
    const extra = model.catalog.id !== 'built-in';
    const key = `${model.catalog.id}\n${model.familyId}`;
    const label = extra ? `${model.catalog.name} · ${model.familyName}` : model.familyName;
    const group = groups.get(key) ?? { label, extra, rows: [] };
    groups.set(key, group);
    group.rows.push(modelRow(record, facts, t));
  }
  const ordered = [...groups.values()].sort((a, b) => Number(b.extra) - Number(a.extra));
  return ordered.flatMap(({ label, rows }) => [{ kind: 'heading', label }, ...rows]);
}

/** One model as a row. */
export function modelRow(
  record: ModelRecord,
  facts: PickerFacts,
  t: Translate,
): Extract<PickerRow, { kind: 'model' }> {
  const { model } = record;
  // What the hub has said of the files that are here counts more than the catalog.
  const sizeBytes = record.totalBytes ?? model.sizeBytes;
  const state = facts.hasUpdate(record) ? t('$(sync) update available') : stateText(record, t);
  const shown = [
    sizeBytes === undefined ? t('size unknown') : byteText(sizeBytes, t.language),
    ...(state === undefined ? [] : [state]),
  ];
  const detail = [
    // First, since a long line is cut off at its end.
    ...(model.runsCode ? [t('$(warning) can run code when loaded')] : []),
    ...languagePart(model.languages, t, model.languageCount, facts.languageName),
    ...(model.format === 'unknown' ? [] : [model.format]),
    ...(model.quantization === undefined ? [] : [model.quantization]),
    licenceText(model.licence.id, t),
    ...fitText(facts.fitOf(record), t),
    ...(facts.isFromHub(record) ? [t('size as the hub says')] : []),
    ...(model.gated ? [t('needs a token')] : []),
    ...(model.packed === undefined
      ? []
      : [t('a packed archive ({0}), to be unpacked by hand', model.packed)]),
    ...(model.unavailable === undefined ? [] : [t('only described, not to be downloaded')]),
  ];
  return {
    kind: 'model',
    modelId: model.id,
    label: model.name,
    description: shown.join(' · '),
    detail: detail.join(' · '),
  };
}

function fitText(fit: ReturnType<PickerFacts['fitOf']>, t: Translate): string[] {
  switch (fit) {
    case 'fits':
      return [t('fits this machine')];
    case 'tight':
      return [t('tight on this machine')];
    case 'tooLarge':
      return [t('too large for this machine')];
    case undefined:
      return [];
  }
}

function stateText(
  { state, presentBytes, totalBytes }: ModelRecord,
  t: Translate,
): string | undefined {
  switch (state) {
    case 'downloaded':
      return t('$(check) downloaded');
    case 'damaged':
      return t('$(warning) damaged');
    case 'incomplete':
      return totalBytes === undefined || totalBytes === 0
        ? t('incomplete')
        : t('incomplete, {0} %', Math.floor((presentBytes / totalBytes) * 100));
    case 'notDownloaded':
      return undefined;
  }
}

/** A licence's id as a person reads it; repositories that state none are common. */
export function licenceText(id: string, t: Translate): string {
  return id === 'NOASSERTION' ? t('licence unknown') : id;
}
