import { byteText } from '../../common/byteText';
import type { CatalogModel, ModelGroup, ModelManager, ModelRecord } from '../../models';
import { formatName } from '../../protocol/programs';
import { languagePart, licenceText, speedText } from '../ui/modelText';
import type { Translate } from '../../protocol/progressText';
import type { MachineFit } from '../../protocol/panelSnapshot';
import type { LanguageName } from '../../protocol/languageNames';

/** A longer path would fill the picker's title. */
const maxPathChars = 44;

/** A row or a heading of the model picker, before it becomes a `QuickPickItem`. */
export type PickerRow =
  | { readonly kind: 'heading'; readonly label: string }
  | ({ readonly kind: 'variant'; readonly modelId: string } & RowText)
  /** A model with several variants, which are chosen from next. */
  | ({ readonly kind: 'group'; readonly group: ModelGroup } & RowText);

interface RowText {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

/** The facts about a model that the picker shows in addition to its record. */
export interface PickerFacts {
  /** A name that no other model on offer has. */
  readonly nameOf: (model: CatalogModel) => string;
  readonly fitOf: (record: ModelRecord) => MachineFit | undefined;
  readonly hasUpdate: (record: ModelRecord) => boolean;
  readonly languageName: LanguageName;
  /** Whether its size came from the hub in this session. */
  readonly isFromHub: (record: ModelRecord) => boolean;
  /** Seconds of audio for each second of work, as measured on this machine. */
  readonly realTimeFactor: (record: ModelRecord) => number | undefined;
}

/** These facts from the manager as it is now. */
export function pickerFacts(
  manager: ModelManager,
  nameOf: PickerFacts['nameOf'],
  languageName: LanguageName,
): PickerFacts {
  const updates = new Set(manager.library.updates.map(({ modelId }) => modelId));
  return {
    nameOf,
    fitOf: ({ model }) => manager.advice.fitOf(model),
    hasUpdate: ({ model }) => updates.has(model.id),
    languageName,
    isFromHub: ({ model }) => manager.advice.isFromHub(model),
    realTimeFactor: ({ downloaded }) =>
      downloaded && manager.speech.measurement(downloaded)?.realTimeFactor,
  };
}

/** One variant as a row; the best of its model for this machine is marked where there is another. */
export function variantRow(
  record: ModelRecord,
  facts: PickerFacts,
  t: Translate,
  isBest = false,
): Extract<PickerRow, { kind: 'variant' }> {
  const { model } = record;
  // The hub's file list of a model on the disk is newer than the catalog.
  const sizeBytes = record.totalBytes ?? model.sizeBytes;
  const state = facts.hasUpdate(record) ? t('$(sync) update available') : stateText(record, t);
  const speed = facts.realTimeFactor(record);
  const shown = [
    sizeBytes === undefined ? t('size unknown') : byteText(sizeBytes, t.language),
    ...(state === undefined ? [] : [state]),
    ...(isBest ? [t('best here')] : []),
    ...(speed === undefined ? [] : [speedText(speed, t)]),
    ...rateText(model, t),
  ];
  const memory = model.memoryBytes?.bytes;
  const detail = [
    // First, since a long line is cut off at its end.
    ...(model.runsCode ? [t('$(warning) can run code when loaded')] : []),
    ...languagePart(model.languages, t, model.languageCount, facts.languageName),
    ...(model.format === 'unknown' ? [] : [formatName(model.format)]),
    ...(model.quantization === undefined ? [] : [model.quantization]),
    ...(memory === undefined ? [] : [t('needs {0} of memory', byteText(memory, t.language))]),
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
    kind: 'variant',
    modelId: model.id,
    label: facts.nameOf(model),
    description: shown.join(' · '),
    detail: detail.join(' · '),
  };
}

/** A published error rate; its benchmark is named where models are compared, and on the model's card. */
function rateText({ accuracy }: CatalogModel, t: Translate): string[] {
  if (accuracy?.werPercent === undefined) return [];
  return [t('word error rate {0} %', Math.round(accuracy.werPercent * 10) / 10)];
}

/** Whether it fits this machine, in words. */
export function fitText(fit: MachineFit | undefined, t: Translate): string[] {
  if (fit === undefined) return [];
  const texts = {
    fits: t('fits this machine'),
    tight: t('tight on this machine'),
    tooLarge: t('too large for this machine'),
  };
  return [texts[fit]];
}

/** Its part on the disk, in words; undefined for nothing. */
export function stateText(
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

/** Where downloads go. */
interface DownloadTarget {
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
