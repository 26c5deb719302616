import * as vscode from 'vscode';
import { causeText } from '../base/asrError';
import { type Disposable, DisposableStore } from '../base/disposable';
import type { Logger } from '../base/logger';
import type { ModelManager } from '../manager';
import { isFinal } from '../protocol/downloadProgress';
import { ContextKeys } from './contextKeys';
import { dropToImport } from './dropToImport';
import type { LazyManager } from './lazyManager';
import { localBytes } from './localise';
import { ModelsTree } from './modelsTree';
import { remoteHost } from './remoteHost';
import type { TreeNode } from './treeNodes';

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
        void Promise.all([describe(view, loaded), keys.look(loaded)]).catch((error: unknown) => {
          logger.warn(`the view's message: ${causeText(error)}`);
        });
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
  disposables.add(
    manager.onDidChangeDownload(() => {
      showBadge(view, manager);
    }),
  );
  disposables.add(
    manager.onDidChangeModels(() => {
      showBadge(view, manager);
    }),
  );
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

/** `3 models · 2.1 GB · 80 GB free`; nothing while there is nothing, so that the welcome text shows. */
async function describe(view: vscode.TreeView<TreeNode>, manager: ModelManager): Promise<void> {
  const here = (await manager.models()).filter(({ state }) => state !== 'notDownloaded');
  if (here.length === 0) {
    // Not `delete`, which would take the property's setter away for good.
    view.message = '';
    return;
  }
  const bytes = here.reduce((sum, { presentBytes }) => sum + presentBytes, 0);
  const freeBytes = await manager.freeBytes();
  const parts = [
    here.length === 1 ? vscode.l10n.t('1 model') : vscode.l10n.t('{0} models', here.length),
    localBytes(bytes),
  ];
  if (freeBytes !== undefined) parts.push(vscode.l10n.t('{0} free', localBytes(freeBytes)));
  const host = remoteHost();
  if (host !== undefined) parts.push(vscode.l10n.t('on {0}', host));
  view.message = parts.join(' · ');
}
