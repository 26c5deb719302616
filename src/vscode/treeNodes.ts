import { byteText } from '../base/byteText';
import type { ModelRecord } from '../manager';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import { progressText, type Translate } from './progressText';

/** A group of the tree; shown only when it has rows. */
export type GroupId = 'downloading' | 'ready' | 'incomplete';

/** A row of the tree, before it becomes a `TreeItem`. */
export type TreeNode =
  | { readonly kind: 'group'; readonly id: GroupId; readonly rows: readonly TreeNode[] }
  | { readonly kind: 'download'; readonly record: ModelDownloadProgress }
  | { readonly kind: 'model'; readonly record: ModelRecord };

/** The tree's groups from what runs and what lies on the disk. A model that downloads is only listed as that. */
export function treeNodes(
  downloads: readonly ModelDownloadProgress[],
  records: readonly ModelRecord[],
): readonly TreeNode[] {
  const unfinished = downloads.filter(({ status }) => !isFinal(status));
  const running = new Set(unfinished.map(({ modelId }) => modelId));
  const idle = records.filter(({ model }) => !running.has(model.id));
  const byName = (a: ModelRecord, b: ModelRecord): number =>
    a.model.name.localeCompare(b.model.name);
  const modelRows = (wanted: (record: ModelRecord) => boolean): TreeNode[] =>
    idle
      .filter(wanted)
      .sort(byName)
      .map((record) => ({ kind: 'model', record }));
  const groups: Extract<TreeNode, { kind: 'group' }>[] = [
    {
      kind: 'group',
      id: 'downloading',
      rows: unfinished.map((record) => ({ kind: 'download', record })),
    },
    { kind: 'group', id: 'ready', rows: modelRows(({ state }) => state === 'downloaded') },
    {
      kind: 'group',
      id: 'incomplete',
      rows: modelRows(({ state }) => state === 'incomplete' || state === 'damaged'),
    },
  ];
  return groups.filter(({ rows }) => rows.length > 0);
}

/** What a row says behind its name. */
export function rowDescription(node: TreeNode, nowMs: number, t: Translate): string {
  switch (node.kind) {
    case 'group':
      return String(node.rows.length);
    case 'download':
      return progressText(node.record, nowMs, t);
    case 'model':
      return modelDescription(node.record, t);
  }
}

function modelDescription(
  { model, state, downloaded, presentBytes, totalBytes }: ModelRecord,
  t: Translate,
): string {
  if (state === 'downloaded' && downloaded !== undefined) {
    const parts = [byteText(downloaded.sizeOnDisk)];
    if (model.format !== 'unknown') parts.push(model.format);
    parts.push(...languagePart(model.languages, t));
    if (!downloaded.verified) parts.push(t('not verified'));
    return parts.join(' · ');
  }
  if (state === 'damaged') return t('Damaged: download it again to repair it');
  if (totalBytes === undefined) return t('{0} here', byteText(presentBytes));
  return t('{0} of {1}', byteText(presentBytes), byteText(totalBytes));
}

/** `en, de` for a few languages, `99 languages` for many, nothing when nobody knows. */
export function languagePart(languages: readonly string[], t: Translate): string[] {
  if (languages.length === 0) return [];
  return [languages.length <= 3 ? languages.join(', ') : t('{0} languages', languages.length)];
}

/** What a screen reader says for a row. */
export function rowLabel(node: TreeNode, nowMs: number, t: Translate): string {
  const name =
    node.kind === 'group'
      ? node.id
      : node.kind === 'download'
        ? node.record.modelName
        : node.record.model.name;
  return `${name}, ${rowDescription(node, nowMs, t)}`;
}
