import * as vscode from 'vscode';
import { byteText } from '../base/byteText';
import { type Disposable, DisposableStore } from '../base/disposable';
import type { Logger } from '../base/logger';
import { causeText } from '../base/asrError';
import type { ModelRecord } from '../manager';
import { isFinal } from '../protocol/downloadProgress';
import type { LazyManager } from './lazyManager';
import { ModelsTree } from './modelsTree';
import type { TreeNode } from './treeNodes';

/** The view "Models": the tree, its badge, the line with total and free space, and the context keys. */
export function createModelsView(manager: LazyManager, logger: Logger): Disposable {
  const disposables = new DisposableStore();
  const tree = disposables.add(
    new ModelsTree(manager, (records) => {
      void describe(view, manager, records).catch((error: unknown) => {
        logger.warn(`the view's message: ${causeText(error)}`);
      });
    }),
  );
  const view = disposables.add(
    vscode.window.createTreeView<TreeNode>('asr.models', {
      treeDataProvider: tree,
      canSelectMany: true,
      dragAndDropController: dropToImport,
    }),
  );
  const keys = new ContextKeys();
  const follow = (): void => {
    const all = manager.loaded?.downloads() ?? [];
    const running = all.filter(
      ({ progress }) => !isFinal(progress.status) && progress.status !== 'paused',
    );
    keys.set('asr.downloading', running.length > 0);
    keys.set(
      'asr.paused',
      all.some(({ progress }) => progress.status === 'paused'),
    );
    keys.set('asr.modelLoaded', manager.loaded?.speech.loaded !== undefined);
    view.badge =
      running.length === 0
        ? undefined
        : { value: running.length, tooltip: vscode.l10n.t('{0} downloads', running.length) };
  };
  disposables.add(manager.onDidChangeDownload(follow));
  disposables.add(manager.onDidChangeModels(follow));
  return disposables;
}

/** A file or folder that is dropped onto the view is imported. */
const dropToImport: vscode.TreeDragAndDropController<TreeNode> = {
  dragMimeTypes: [],
  dropMimeTypes: ['text/uri-list'],
  async handleDrop(_, data) {
    const list = (await data.get('text/uri-list')?.asString()) ?? '';
    for (const line of list.split(/\r?\n/).filter((text) => text !== '' && !text.startsWith('#'))) {
      await vscode.commands.executeCommand('asr.importModel', vscode.Uri.parse(line, true));
    }
  },
};

/** `3 models · 2.1 GB · 80 GB free`; nothing while there is nothing, so that the welcome text shows. */
async function describe(
  view: vscode.TreeView<TreeNode>,
  manager: LazyManager,
  records: readonly ModelRecord[],
): Promise<void> {
  const here = records.filter(({ state }) => state !== 'notDownloaded');
  if (here.length === 0) {
    delete view.message;
    return;
  }
  const bytes = here.reduce((sum, { presentBytes }) => sum + presentBytes, 0);
  const freeBytes = await (await manager.get()).freeBytes();
  const parts = [
    here.length === 1 ? vscode.l10n.t('1 model') : vscode.l10n.t('{0} models', here.length),
    byteText(bytes),
  ];
  if (freeBytes !== undefined) parts.push(vscode.l10n.t('{0} free', byteText(freeBytes)));
  view.message = parts.join(' · ');
}

/** Tells the editor of a context key only when it changes. */
class ContextKeys {
  readonly #values = new Map<string, boolean>();

  set(key: string, value: boolean): void {
    if (this.#values.get(key) === value) return;
    this.#values.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
