import * as vscode from 'vscode';
import { parseUrl } from '../../common/parseUrl';
import { causeText } from '../../common/asrError';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { Logger } from '../../common/logger';
import type { ModelManager } from '../../models';
import { isFinal } from '../../protocol/downloadProgress';
import type { LazyManager } from '../host/lazyManager';
import { remoteHost } from '../host/remoteHost';
import { localise, translator } from '../ui/localise';
import { ContextKeys } from './contextKeys';
import { ModelsTree } from './modelsTree';
import { type TreeNode, viewMessage } from './treeNodes';

/** The view "Models": the tree, its badge, the line with total and free space, and the context keys. */
export function createModelsView(
  manager: LazyManager,
  logger: Logger,
  lastUsedMs: (modelId: string) => number | undefined,
): Disposable {
  const disposables = new DisposableStore();
  const keys = disposables.add(new ContextKeys(manager));
  const tree = disposables.add(
    new ModelsTree(
      manager,
      (loaded) => {
        void Promise.all([describe(view, loaded), keys.update(loaded)]).catch((error: unknown) =>
          logger.warn(`the view's message: ${causeText(error)}`),
        );
      },
      lastUsedMs,
    ),
  );
  const view = disposables.add(
    vscode.window.createTreeView<TreeNode>('asr.models', {
      treeDataProvider: tree,
      canSelectMany: true,
      dragAndDropController: dropToImport,
    }),
  );
  disposables.add(manager.onDidChangeDownload(() => showBadge(view, manager)));
  disposables.add(manager.onDidChangeModels(() => showBadge(view, manager)));
  return disposables;
}

function showBadge(view: vscode.TreeView<TreeNode>, manager: LazyManager): void {
  const running = (manager.loaded?.downloads() ?? []).filter(
    ({ progress }) => !isFinal(progress.status) && progress.status !== 'paused',
  ).length;
  if (running === (view.badge?.value ?? 0)) return;
  const tooltip =
    running === 1
      ? vscode.l10n.t('1 model is being downloaded')
      : vscode.l10n.t('{0} models are being downloaded', running);
  view.badge = running === 0 ? undefined : { value: running, tooltip };
}

/** The line above the rows, with what is wrong with the folder when something is. */
async function describe(view: vscode.TreeView<TreeNode>, manager: ModelManager): Promise<void> {
  const [records, usage, freeBytes, folder] = await Promise.all([
    manager.models(),
    manager.library.diskUsage(),
    manager.freeBytes(),
    manager.library.folderState(),
  ]);
  const facts = {
    models: records.filter(({ state }) => state !== 'notDownloaded').length,
    totalBytes: usage.totalBytes,
    freeBytes,
    host: remoteHost(),
    folderProblem: folder.kind === 'ready' ? undefined : localise(folder.localizedMessage),
  };
  // Not `delete` where there is nothing to say, which would take the property's setter away for good.
  view.message = viewMessage(facts, translator());
}

/** A file or folder that is dropped onto the view is imported. */
export const dropToImport: vscode.TreeDragAndDropController<TreeNode> = {
  dragMimeTypes: [],
  dropMimeTypes: ['text/uri-list'],
  async handleDrop(_, data) {
    const list = (await data.get('text/uri-list')?.asString()) ?? '';
    for (const path of droppedPaths(list)) {
      await vscode.commands.executeCommand('asr.importModel', path);
    }
  },
};

/** The paths in a `text/uri-list` (RFC 2483: lines, `#` begins a comment); invalid addresses are left out. */
function droppedPaths(list: string): readonly vscode.Uri[] {
  return list
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && parseUrl(line) !== undefined)
    .map((line) => vscode.Uri.parse(line, true));
}
