import * as vscode from 'vscode';
import { byteText } from '../base/byteText';
import type { LazyManager } from './lazyManager';
import type { UnfinishedDownload, UnfinishedDownloads } from './unfinished';

/** How `asr.download.resumeOnStartup` is set. */
export type ResumeOnStartup = 'ask' | 'always' | 'never';

/** After a restart: goes on with unfinished downloads, or offers to, as the person has set it. */
export async function offerResume(
  unfinished: UnfinishedDownloads,
  manager: LazyManager,
  choice: ResumeOnStartup,
): Promise<void> {
  const found = unfinished.list();
  if (found.length === 0 || choice === 'never') return;
  if (choice === 'ask' && !(await ask(found, unfinished))) return;
  const loaded = await manager.get();
  for (const { modelId } of found) await loaded.download(modelId);
}

async function ask(
  found: readonly UnfinishedDownload[],
  unfinished: UnfinishedDownloads,
): Promise<boolean> {
  const resume = vscode.l10n.t('Resume');
  const forget = vscode.l10n.t('Not Now');
  const chosen = await vscode.window.showInformationMessage(offerText(found), resume, forget);
  if (chosen === forget) await unfinished.forget(found.map(({ modelId }) => modelId));
  return chosen === resume;
}

function offerText(found: readonly UnfinishedDownload[]): string {
  const [only] = found;
  if (found.length > 1 || only === undefined) {
    return vscode.l10n.t('{0} model downloads were not finished. Resume them?', found.length);
  }
  if (only.totalBytes === undefined) {
    return vscode.l10n.t('The download of {0} was not finished. Resume it?', only.modelName);
  }
  return vscode.l10n.t(
    'The download of {0} was not finished: {1} of {2} are here. Resume it?',
    only.modelName,
    byteText(only.downloadedBytes),
    byteText(only.totalBytes),
  );
}
