import { byteText } from '../../common/byteText';
import type { CatalogModel, ModelManager, ModelRecord } from '../../models';
import { languagePart } from '../ui/modelText';
import type { Translate } from '../../protocol/progressText';
import type { MachineFit } from '../../protocol/panelSnapshot';
import type { LanguageName } from '../../protocol/languageNames';
import { localFamily } from '../ui/familyName';

/** A longer path would fill the picker's title. */
const maxPathChars = 44;

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

/** What the picker shows of a model in addition to its record. */
export interface PickerFacts {
  readonly fitOf: (record: ModelRecord) => MachineFit | undefined;
  readonly hasUpdate: (record: ModelRecord) => boolean;
  readonly languageName: LanguageName;
  /** Whether its size came from the hub in this session. */
  readonly isFromHub: (record: ModelRecord) => boolean;
}

/** These facts from the manager as it is now. */
export function pickerFacts(manager: ModelManager, languageName: LanguageName): PickerFacts {
  const updates = new Set(manager.library.updates.map(({ modelId }) => modelId));
  return {
    fitOf: ({ model }) => manager.advice.fitOf(model),
    hasUpdate: ({ model }) => updates.has(model.id),
    languageName,
    isFromHub: ({ model }) => manager.advice.isFromHub(model),
  };
}

/** All models by family, in the catalogs' order, extra catalogs first because the person added them. */
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
    const { catalog, familyName } = model;
    const label =
      extra && catalog.name !== familyName
        ? `${catalog.name} · ${familyName}`
        : localFamily(familyName, t);
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
  // The hub's file list of a model on the disk is newer than the catalog.
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
      : [t('a packed archive ({0}), to be imported after the download', model.packed)]),
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

function fitText(fit: MachineFit | undefined, t: Translate): string[] {
  if (fit === undefined) return [];
  const texts = {
    fits: t('fits this machine'),
    tight: t('tight on this machine'),
    tooLarge: t('too large for this machine'),
  };
  return [texts[fit]];
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

/** Models that transcribe a language, in the order given, under headings that name the order. */
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

/** With the rate and its benchmark: most benchmarks are English, whatever else a model transcribes. */
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

/** Where downloads go. */
export interface DownloadTarget {
  readonly cachePath: string;
  /** Undefined when it is not known. */
  readonly freeBytes: number | undefined;
  /** The machine's name when it is not the person's own. */
  readonly host: string | undefined;
}

/**
 * Where a download would go and how much fits there: `80 GB free in …/hub on build-server`. Undefined when the free
 * space is not known.
 */
export function whereText(
  { cachePath, freeBytes, host }: DownloadTarget,
  t: Translate,
): string | undefined {
  if (freeBytes === undefined) return undefined;
  const free = byteText(freeBytes, t.language);
  return host === undefined
    ? t('{0} free in {1}', free, shortPath(cachePath))
    : t('{0} free in {1} on {2}', free, shortPath(cachePath), host);
}

/** The end of a path, where it differs from others, when the whole is too long for a title. */
function shortPath(path: string): string {
  if (path.length <= maxPathChars) return path;
  const parts = path.split(/[\\/]/);
  let end = parts.pop() ?? '';
  for (const part of parts.reverse()) {
    if (end.length + part.length + 1 > maxPathChars) break;
    end = `${part}/${end}`;
  }
  return `…/${end}`;
}
