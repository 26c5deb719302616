import * as vscode from 'vscode';
import { byteText } from '../base/byteText';
import type { Disposable } from '../base/disposable';
import type { ModelRecord } from '../manager';
import type { LazyManager } from './lazyManager';
import { rowDescription, rowLabel, treeNodes, type GroupId, type TreeNode } from './treeNodes';

/** Rows of the view "Models". Reads the disk when the view is first shown, and again when something changed. */
export class ModelsTree implements vscode.TreeDataProvider<TreeNode>, Disposable {
  readonly #manager: LazyManager;
  readonly #onDidChangeTreeData = new vscode.EventEmitter<undefined>();
  readonly #onDidRead: (records: readonly ModelRecord[]) => void;
  readonly onDidChangeTreeData = this.#onDidChangeTreeData.event;
  readonly #subscriptions: readonly Disposable[];

  constructor(manager: LazyManager, onDidRead: (records: readonly ModelRecord[]) => void) {
    this.#manager = manager;
    this.#onDidRead = onDidRead;
    const refresh = (): void => {
      this.#onDidChangeTreeData.fire(undefined);
    };
    this.#subscriptions = [
      manager.onDidChangeDownload(refresh),
      manager.onDidChangeModels(refresh),
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
    this.#onDidRead(records);
    const downloads = manager.downloads().map((download) => manager.record(download));
    return [...treeNodes(downloads, records)];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const { l10n } = vscode;
    const now = Date.now();
    const item = new vscode.TreeItem(
      node.kind === 'group'
        ? groupName(node.id)
        : node.kind === 'download'
          ? node.record.modelName
          : node.record.model.name,
      node.kind === 'group'
        ? vscode.TreeItemCollapsibleState.Expanded
        : vscode.TreeItemCollapsibleState.None,
    );
    item.id = nodeId(node);
    item.description = node.kind === 'group' ? '' : rowDescription(node, now, l10n.t);
    item.contextValue = contextValue(node);
    if (node.kind !== 'group') {
      item.iconPath = icon(node);
      item.accessibilityInformation = { label: rowLabel(node, now, l10n.t) };
    }
    return item;
  }

  /** The tooltip is made only for the row that the pointer rests on. */
  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    if (node.kind === 'model') item.tooltip = modelTooltip(node.record);
    if (node.kind === 'download') {
      item.tooltip = `${node.record.modelName}\n${rowDescription(node, Date.now(), vscode.l10n.t)}`;
    }
    return item;
  }
}

function groupName(id: GroupId): string {
  switch (id) {
    case 'downloading':
      return vscode.l10n.t('Downloading');
    case 'ready':
      return vscode.l10n.t('Ready');
    case 'incomplete':
      return vscode.l10n.t('Incomplete');
  }
}

function nodeId(node: TreeNode): string {
  switch (node.kind) {
    case 'group':
      return `group:${node.id}`;
    case 'download':
      return `download:${node.record.downloadId}`;
    case 'model':
      return `model:${node.record.model.id}`;
  }
}

/** What the manifest's `when` clauses look at. */
function contextValue(node: TreeNode): string {
  switch (node.kind) {
    case 'group':
      return `asr.group.${node.id}`;
    case 'download':
      return `asr.download.${node.record.status === 'paused' ? 'paused' : 'running'}`;
    case 'model':
      return `asr.model.${node.record.state}`;
  }
}

function icon(node: Exclude<TreeNode, { kind: 'group' }>): vscode.ThemeIcon {
  if (node.kind === 'download') {
    const { status } = node.record;
    if (status === 'paused') return new vscode.ThemeIcon('debug-pause');
    return new vscode.ThemeIcon(status === 'queued' ? 'clock' : 'loading~spin');
  }
  if (node.record.state === 'damaged') {
    return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  }
  return new vscode.ThemeIcon(node.record.state === 'downloaded' ? 'package' : 'circle-slash');
}

function modelTooltip({ model, downloaded, commit }: ModelRecord): vscode.MarkdownString {
  const { l10n } = vscode;
  const text = new vscode.MarkdownString(undefined, true);
  text.appendMarkdown('**').appendText(model.name).appendMarkdown('**\n\n');
  const fact = (label: string, value: string): void => {
    text.appendText(`${label}: ${value}`).appendMarkdown('  \n');
  };
  fact(l10n.t('Repository'), model.source.repo);
  if (commit !== undefined) fact(l10n.t('Revision'), commit.slice(0, 12));
  fact(l10n.t('Licence'), model.licence.id);
  if (downloaded === undefined) return text;
  fact(l10n.t('Verified'), downloaded.verified ? l10n.t('yes') : l10n.t('not yet'));
  fact(l10n.t('Path'), downloaded.path);
  for (const file of downloaded.files.slice(0, 12)) fact(file.path, byteText(file.size));
  if (downloaded.files.length > 12) text.appendText('…');
  return text;
}
