import * as vscode from 'vscode';
import type { Disposable } from '../../common/disposable';
import type { DownloadedFile, ModelManager, ModelRecord } from '../../models';
import { defined } from '../../protocol/defined';
import { isFinal, type ModelDownloadProgress } from '../../protocol/downloadProgress';
import type { Measurement } from '../../protocol/measurement';
import type { LazyManager } from '../host/lazyManager';
import { remoteHost } from '../host/remoteHost';
import { languageNamer, localBytes, translator } from '../ui/localise';
import { licenceText } from '../ui/modelText';
import {
  contextValue,
  rowDescription,
  rowLabel,
  rowName,
  treeNodes,
  type GroupId,
  type ModelRow,
  type TreeNode,
  type TreeRow,
} from './treeNodes';

/** Rows of the view "Models". Reads the disk when the view is first shown, and again when something changed. */
export class ModelsTree implements vscode.TreeDataProvider<TreeNode>, Disposable {
  readonly #manager: LazyManager;
  readonly #onDidChangeTreeData = new vscode.EventEmitter<TreeNode | undefined>();
  readonly #onDidRead: (manager: ModelManager) => void;
  readonly #lastUsedMs: (modelId: string) => number | undefined;
  readonly #languageName = languageNamer();
  readonly onDidChangeTreeData = this.#onDidChangeTreeData.event;
  readonly #subscriptions: readonly Disposable[];
  /** The rows of running downloads, so that a tick changes one row and does not read everything again. */
  readonly #downloadRows = new Map<string, Extract<TreeNode, { kind: 'download' }>>();
  readonly #newest = new Map<string, ModelDownloadProgress>();

  /** `lastUsedMs`: when a model was last loaded, milliseconds since 1970. */
  constructor(
    manager: LazyManager,
    onDidRead: (manager: ModelManager) => void,
    lastUsedMs: (modelId: string) => number | undefined,
  ) {
    this.#manager = manager;
    this.#lastUsedMs = lastUsedMs;
    this.#onDidRead = onDidRead;
    this.#subscriptions = [
      manager.onDidChangeDownload((record) => this.#follow(record)),
      manager.onDidChangeModels(() => this.#onDidChangeTreeData.fire(undefined)),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#onDidChangeTreeData.dispose();
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (node !== undefined) return node.kind === 'group' ? [...node.rows] : [];
    const manager = await this.#manager.get();
    const records = await manager.models();
    this.#onDidRead(manager);
    const downloads = manager.downloads().map((download) => manager.record(download));
    const groups = treeNodes(downloads, modelRows(manager, records));
    this.#downloadRows.clear();
    for (const row of groups.flatMap((group) => (group.kind === 'group' ? group.rows : []))) {
      if (row.kind === 'download') this.#downloadRows.set(row.record.downloadId, row);
    }
    return [...groups];
  }

  #follow(record: ModelDownloadProgress): void {
    const row = this.#downloadRows.get(record.downloadId);
    const sameState = this.#newest.get(record.downloadId)?.status === record.status;
    if (isFinal(record.status)) this.#newest.delete(record.downloadId);
    else this.#newest.set(record.downloadId, record);
    this.#onDidChangeTreeData.fire(sameState ? row : undefined);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    if (node.kind === 'group') {
      const { Expanded } = vscode.TreeItemCollapsibleState;
      const group = new vscode.TreeItem(groupName(node.id), Expanded);
      return Object.assign(group, { id: `group:${node.id}`, contextValue: contextValue(node) });
    }
    const shown = this.#newestOf(node);
    const item = new vscode.TreeItem(rowName(node));
    item.id =
      node.kind === 'download'
        ? `download:${node.record.downloadId}`
        : `model:${node.record.model.id}`;
    item.description = this.#describe(shown);
    item.contextValue = contextValue(shown);
    item.iconPath = icon(shown);
    item.accessibilityInformation = { label: rowLabel(node, item.description) };
    return item;
  }

  #describe(row: TreeRow): string {
    return rowDescription(row, Date.now(), translator(), this.#languageName);
  }

  #newestOf(node: TreeRow): TreeRow {
    if (node.kind !== 'download') return node;
    return { kind: 'download', record: this.#newest.get(node.record.downloadId) ?? node.record };
  }

  /** The tooltip is made only for the row that the pointer rests on. */
  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    if (node.kind === 'model') {
      const { model, downloaded } = node.record;
      const speech = this.#manager.loaded?.speech;
      const measured = downloaded === undefined ? undefined : speech?.measurement(downloaded);
      item.tooltip = modelTooltip(node.record, this.#lastUsedMs(model.id), measured);
    }
    if (node.kind === 'download') {
      item.tooltip = `${node.record.modelName}\n${this.#describe(this.#newestOf(node))}`;
    }
    return item;
  }
}

/** Rows of everything that is here, with what the manager knows of each. */
function modelRows(manager: ModelManager, records: readonly ModelRecord[]): readonly ModelRow[] {
  const updates = new Map(
    manager.library.updates.map((update) => [update.modelId, update.downloadBytes]),
  );
  return records
    .filter(({ state }) => state !== 'notDownloaded')
    .map((record) => {
      const { model, downloaded } = record;
      const updateBytes = updates.get(model.id);
      const measured =
        downloaded === undefined ? undefined : manager.speech.measurement(downloaded);
      return {
        kind: 'model',
        record,
        loadable: manager.speech.refusal(model) === undefined,
        loaded: manager.speech.loaded?.modelId === model.id,
        ...defined({ updateBytes }),
        ...(measured === undefined ? {} : { realTimeFactor: measured.realTimeFactor }),
      };
    });
}

function groupName(id: GroupId): string {
  return {
    downloading: vscode.l10n.t('Downloading'),
    ready: vscode.l10n.t('Ready'),
    incomplete: vscode.l10n.t('Incomplete'),
    updates: vscode.l10n.t('Updates'),
  }[id];
}

function icon(node: TreeRow): vscode.ThemeIcon {
  if (node.kind === 'download') {
    const { status } = node.record;
    if (status === 'paused') return new vscode.ThemeIcon('debug-pause');
    return new vscode.ThemeIcon(status === 'queued' ? 'clock' : 'loading~spin');
  }
  if (node.loaded)
    return new vscode.ThemeIcon('pass-filled', new vscode.ThemeColor('testing.iconPassed'));
  if (node.record.state === 'damaged') {
    return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  }
  return new vscode.ThemeIcon(node.record.state === 'downloaded' ? 'package' : 'circle-slash');
}

const mostFiles = 8;
const shownDigits = 12;

/** Everything that is known of a model on the disk; made only for the row that the pointer rests on. */
function modelTooltip(
  { model, downloaded, commit, presentBytes, totalBytes }: ModelRecord,
  lastUsedMs: number | undefined,
  measured: Measurement | undefined,
): vscode.MarkdownString {
  const { l10n } = vscode;
  const text = new vscode.MarkdownString(undefined, true);
  text.appendMarkdown('**').appendText(model.name).appendMarkdown('**\n\n');
  // Names and paths come from catalogs and repositories: they are text here, never markup.
  const fact = (label: string, value: string): void => {
    text.appendText(`${label}: ${value}`).appendMarkdown('  \n');
  };
  fact(l10n.t('Repository'), model.source.repo);
  if (commit !== undefined) fact(l10n.t('Revision'), commit.slice(0, shownDigits));
  fact(l10n.t('Licence'), licenceText(model.licence.id, l10n.t));
  if (downloaded === undefined) {
    const here = localBytes(presentBytes);
    fact(
      l10n.t('Here'),
      totalBytes === undefined ? here : l10n.t('{0} of {1}', here, localBytes(totalBytes)),
    );
    return text;
  }
  fact(l10n.t('Size'), localBytes(downloaded.sizeOnDisk));
  fact(l10n.t('Verified'), downloaded.verified ? l10n.t('yes') : l10n.t('not yet'));
  fact(
    l10n.t('Last used'),
    lastUsedMs === undefined
      ? l10n.t('not yet')
      : new Date(lastUsedMs).toLocaleString(vscode.env.language),
  );
  if (measured !== undefined) fact(l10n.t('Measured here'), measuredText(measured));
  fact(l10n.t('Path'), downloaded.path);
  const host = remoteHost();
  if (host !== undefined) fact(l10n.t('On'), host);
  text.appendMarkdown('\n');
  for (const file of downloaded.files.slice(0, mostFiles)) text.appendMarkdown(fileLine(file));
  const others = downloaded.files.length - mostFiles;
  if (others > 0) text.appendText(l10n.t('and {0} more files', others));
  return text;
}

function measuredText(measured: Measurement): string {
  return vscode.l10n.t(
    '{0}x real time, loaded in {1} s, threads: {2}, {3}, {4}',
    figure(measured.realTimeFactor),
    figure(measured.loadMs / 1000),
    measured.threads,
    measured.engineDescription,
    new Date(measured.measuredAtMs).toLocaleDateString(vscode.env.language),
  );
}

function figure(value: number): string {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return value.toLocaleString(vscode.env.language, digits);
}

function fileLine({ path, size, digest }: DownloadedFile): string {
  const escaped = new vscode.MarkdownString().appendText(path).value;
  const shown = digest?.replace(/^([\w-]+:[0-9a-f]{12})[0-9a-f]+$/, '$1…');
  return `- ${escaped} · ${localBytes(size)}${shown === undefined ? '' : ` · \`${shown}\``}\n`;
}
