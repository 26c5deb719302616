import { byteText } from '../../common/byteText';
import type { ModelRecord } from '../../models';
import { isFinal, type ModelDownloadProgress } from '../../protocol/downloadProgress';
import type { LanguageName } from '../../protocol/languageNames';
import { languagePart, speedText } from '../ui/modelText';
import { formatShortName } from '../../protocol/programs';
import { progressText, type Translate } from '../../protocol/progressText';

/** A group of the tree; shown only when it has rows. */
export type GroupId = 'downloading' | 'ready' | 'incomplete' | 'updates';

/** The facts about a model that the tree shows in addition to its record. */
export interface ModelRow {
  readonly kind: 'model';
  readonly record: ModelRecord;
  /** It can be loaded here, by its format. */
  readonly loadable: boolean;
  readonly loaded: boolean;
  /** Bytes that an update would download; absent when there is none. */
  readonly updateBytes?: number;
  /** Seconds of audio for each second of work, as measured here. */
  readonly realTimeFactor?: number;
}

/** A row of the tree, before it becomes a `TreeItem`. */
export type TreeNode =
  | { readonly kind: 'group'; readonly id: GroupId; readonly rows: readonly TreeNode[] }
  | { readonly kind: 'download'; readonly record: ModelDownloadProgress }
  | ModelRow;

/** A row that stands for a model. */
export type TreeRow = Exclude<TreeNode, { kind: 'group' }>;

/** The tree's groups from what runs and what lies on the disk. A model that downloads is only listed as that. */
export function treeNodes(
  downloads: readonly ModelDownloadProgress[],
  models: readonly ModelRow[],
): readonly TreeNode[] {
  const unfinished = downloads.filter(({ status }) => !isFinal(status));
  const running = new Set(unfinished.map(({ modelId }) => modelId));
  const idle = models
    .filter(({ record }) => !running.has(record.model.id))
    .sort((a, b) => a.record.model.name.localeCompare(b.record.model.name));
  const group = (
    id: GroupId,
    wanted: (row: ModelRow) => boolean,
  ): TreeNode & { kind: 'group' } => ({
    kind: 'group',
    id,
    rows: idle.filter(wanted),
  });
  const isWhole = ({ record }: ModelRow): boolean => record.state === 'downloaded';
  const groups: (TreeNode & { kind: 'group' })[] = [
    {
      kind: 'group',
      id: 'downloading',
      rows: unfinished.map((record) => ({ kind: 'download', record })),
    },
    group('updates', (row) => isWhole(row) && row.updateBytes !== undefined),
    group('ready', (row) => isWhole(row) && row.updateBytes === undefined),
    group(
      'incomplete',
      ({ record }) => record.state === 'incomplete' || record.state === 'damaged',
    ),
  ];
  return groups.filter(({ rows }) => rows.length > 0);
}

/** The value that the manifest's `when` clauses test. */
export function contextValue(node: TreeNode): string {
  switch (node.kind) {
    case 'group':
      return `asr.group.${node.id}`;
    case 'download':
      if (node.record.isOwnerSilent === true) return 'asr.download.silent';
      return `asr.download.${node.record.status === 'paused' ? 'paused' : 'running'}`;
    case 'model': {
      const state = node.updateBytes === undefined ? node.record.state : 'outdated';
      const restorable = node.record.otherRevisions.some(({ canBeRestored }) => canBeRestored);
      return `asr.model.${state}${node.loadable ? '.loadable' : ''}${restorable ? '.restorable' : ''}`;
    }
  }
}

/** The text of a row behind its name. */
export function rowDescription(
  node: TreeRow,
  nowMs: number,
  t: Translate,
  languageName: LanguageName,
): string {
  return node.kind === 'download'
    ? progressText(node.record, nowMs, t)
    : modelDescription(node, t, languageName);
}

function modelDescription(row: ModelRow, t: Translate, languageName: LanguageName): string {
  const { model, state, downloaded, presentBytes, totalBytes } = row.record;
  if (state === 'damaged') return t('Damaged: verify it to repair it');
  if (downloaded === undefined) {
    if (totalBytes === undefined) return t('{0} here', byteText(presentBytes, t.language));
    return t('{0} of {1}', byteText(presentBytes, t.language), byteText(totalBytes, t.language));
  }
  const parts = [byteText(downloaded.sizeOnDisk, t.language)];
  // Early in the row: a narrow side bar cuts off what comes last.
  if (row.realTimeFactor !== undefined) parts.push(speedText(row.realTimeFactor, t));
  if (row.loaded) parts.unshift(t('loaded'));
  if (row.updateBytes !== undefined)
    parts.push(t('update: {0}', byteText(row.updateBytes, t.language)));
  if (model.format !== 'unknown') parts.push(formatShortName(model.format));
  parts.push(...languagePart(model.languages, t, model.languageCount, languageName));
  if (!downloaded.verified) parts.push(t('not verified'));
  return parts.join(' · ');
}

/** The name of a row. */
export function rowName(node: TreeRow): string {
  return node.kind === 'download' ? node.record.modelName : node.record.model.name;
}

/** A row's label for a screen reader. */
export function rowLabel(node: TreeRow, description: string): string {
  return `${rowName(node)}, ${description}`;
}

/** The facts in the line above the rows. */
export interface ViewFacts {
  /** Models of which something is here. */
  readonly models: number;
  /** The size of the cache on the disk: real blocks, each blob once. The panel says the same number. */
  readonly totalBytes: number;
  readonly freeBytes: number | undefined;
  /** The machine's name when it is not the person's own. */
  readonly host: string | undefined;
  /** The problem of the folder, in the person's language. */
  readonly folderProblem: string | undefined;
}

/** `3 models · 2.1 GB · 80 GB free`, after the problem of the folder, if any. Empty without models: the welcome text shows. */
export function viewMessage(facts: ViewFacts, t: Translate): string {
  const { models, totalBytes, freeBytes, host, folderProblem } = facts;
  if (models === 0) return '';
  const parts = [
    models === 1 ? t('1 model') : t('{0} models', models),
    byteText(totalBytes, t.language),
    ...(freeBytes === undefined ? [] : [t('{0} free', byteText(freeBytes, t.language))]),
    ...(host === undefined ? [] : [t('on {0}', host)]),
  ];
  const line = parts.join(' · ');
  return folderProblem === undefined ? line : `${folderProblem} ${line}`;
}
