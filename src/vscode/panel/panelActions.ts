import * as vscode from 'vscode';
import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import type { DownloadedModel, ModelManager } from '../../models';
import type { PanelAction } from '../../protocol/panelMessages';
import { localBytes } from '../ui/localise';

/** What shows its state in the panel while it goes on. */
export interface PanelWork {
  checkForUpdates(manager: ModelManager): Promise<void>;
  load(manager: ModelManager, modelId: string): Promise<void>;
  busyWith<T>(modelId: string, what: 'verifying' | 'deleting', work: () => Promise<T>): Promise<T>;
}

/** Does what the page asks for. Resolves with a sentence worth showing, where there is one. */
export async function runPanelAction(
  manager: ModelManager,
  action: PanelAction,
  host: PanelWork,
): Promise<string | undefined> {
  if ('modelId' in action) return await runModelAction(manager, action.kind, action.modelId, host);
  if ('downloadId' in action) {
    const download = manager.downloads().find(({ downloadId }) => downloadId === action.downloadId);
    if (action.kind === 'cancel') await download?.cancel();
    if (action.kind === 'pause') await download?.pause();
    if (action.kind === 'dismiss' && download !== undefined) manager.dismiss(download.modelId);
    return undefined;
  }
  return await runPlainAction(manager, action.kind, host);
}

type ModelAction = Extract<PanelAction, { modelId: string }>['kind'];
type PlainAction = Exclude<PanelAction, { modelId: string } | { downloadId: string }>['kind'];

async function runModelAction(
  manager: ModelManager,
  kind: ModelAction,
  modelId: string,
  host: PanelWork,
): Promise<string | undefined> {
  switch (kind) {
    case 'download':
    case 'resume':
    case 'retry':
    case 'update':
      await manager.download(modelId);
      return undefined;
    case 'discardPartial':
    case 'delete': {
      const { reclaimedBytes } = await host.busyWith(modelId, 'deleting', () =>
        manager.deleteModel(modelId),
      );
      return reclaimedText(reclaimedBytes);
    }
    case 'verify':
    case 'repair': {
      const report = await host.busyWith(modelId, 'verifying', () =>
        manager.library.verify([modelId], { repair: kind === 'repair' }),
      );
      const wrong = report.damaged.length + report.missing.length - report.repaired.length;
      return wrong === 0
        ? vscode.l10n.t('Everything is as it should be.')
        : vscode.l10n.t('{0} are damaged or missing.', wrong);
    }
    case 'load':
      await host.load(manager, modelId);
      return undefined;
    case 'reveal':
      await vscode.commands.executeCommand(
        'revealFileInOS',
        vscode.Uri.file((await onDisk(manager, modelId)).path),
      );
      return undefined;
    case 'copyPath':
      await vscode.env.clipboard.writeText((await onDisk(manager, modelId)).path);
      return vscode.l10n.t('Path copied');
    case 'openLicence': {
      const { licence, homepage } = await manager.findAny(modelId);
      await openPage(licence.url ?? homepage);
      return undefined;
    }
    case 'askHub': {
      await manager.advice.askHub(modelId, new AbortController().signal);
      const { sizeBytes, files } = await manager.findAny(modelId);
      return sizeBytes === undefined
        ? vscode.l10n.t('The hub does not know its size.')
        : vscode.l10n.t('The hub says: {0} in {1} files.', localBytes(sizeBytes), files.length);
    }
    case 'openModelPage':
      await openPage((await manager.findAny(modelId)).homepage ?? (await manager.pageOf(modelId)));
      return undefined;
  }
}

async function runPlainAction(
  manager: ModelManager,
  kind: PlainAction,
  host: PanelWork,
): Promise<string | undefined> {
  const command = (id: string, ...args: string[]): Thenable<unknown> =>
    vscode.commands.executeCommand(id, ...args);
  switch (kind) {
    case 'unload':
      await manager.speech.unload();
      return undefined;
    case 'checkDownloadedModels':
      manager.refresh();
      return undefined;
    case 'clearCache': {
      const { reclaimedBytes } = await manager.clearCache();
      return reclaimedText(reclaimedBytes);
    }
    case 'checkForUpdates':
      await host.checkForUpdates(manager);
      return undefined;
    case 'updateAll':
      for (const { modelId } of manager.library.updates) await manager.download(modelId);
      return undefined;
    case 'revealCache':
      await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(manager.cachePath));
      return undefined;
    case 'copyCachePath':
      await vscode.env.clipboard.writeText(manager.cachePath);
      return vscode.l10n.t('Path copied');
    case 'changeCache':
      await command('asr.moveCache');
      return undefined;
    case 'importModel':
      await command('asr.importModel');
      return undefined;
    case 'setToken':
      await command('asr.setToken');
      return undefined;
    case 'openProxySettings':
      await command('workbench.action.openSettings', '@id:http.proxy,http.noProxy');
      return undefined;
    case 'openSettings':
      await command('workbench.action.openSettings', '@ext:asr-tools.asr-model-manager');
      return undefined;
    case 'showLog':
      await command('asr.showLog');
      return undefined;
  }
}

async function onDisk(manager: ModelManager, modelId: string): Promise<DownloadedModel> {
  const found = (await manager.downloadedModels()).find((model) => model.modelId === modelId);
  if (found !== undefined) return found;
  throw new AsrError('notFound', localized('{0} is not downloaded.', modelId));
}

/** Pages come from catalogs, which may be anybody's: only web addresses are opened. */
async function openPage(address: string | undefined): Promise<void> {
  if (address === undefined || !/^https?:\/\//.test(address)) return;
  await vscode.env.openExternal(vscode.Uri.parse(address, true));
}

function reclaimedText(bytes: number): string {
  return vscode.l10n.t('{0} are free again.', localBytes(bytes));
}
