import * as vscode from 'vscode';
import type { ModelUpdate } from '../../models';
import type { LazyManager } from '../host/lazyManager';
import { acknowledged } from '../ui/acknowledge';
import { localBytes } from '../ui/localise';
import { modelIdOf, type CommandContext } from './commandContext';

const mostPaths = 3;

/** Asks the hub whether downloaded models have changed. Always shows a result. */
export async function checkForUpdates(
  { manager }: CommandContext,
  argument: unknown,
): Promise<void> {
  const updates = await acknowledged(vscode.l10n.t('Checking for model updates…'), async () => {
    const loaded = await manager.get();
    if ((await loaded.downloadedModels()).length === 0) return undefined;
    return await loaded.library.checkForUpdates(modelIdOf(argument), new AbortController().signal);
  });
  if (updates === undefined) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('No model is downloaded, so there is nothing to update.'),
    );
    return;
  }
  if (updates.length > 0) await offerUpdates(manager, updates);
  else
    void vscode.window.showInformationMessage(
      vscode.l10n.t('All downloaded models are up to date.'),
    );
}

/** Shows what would change and how many bytes would be downloaded, and does it when the person agrees. */
export async function offerUpdates(
  manager: LazyManager,
  updates: readonly ModelUpdate[],
): Promise<void> {
  const [first] = updates;
  if (first === undefined) return;
  const bytes = localBytes(updates.reduce((sum, { downloadBytes }) => sum + downloadBytes, 0));
  const text =
    updates.length === 1
      ? `${vscode.l10n.t('An update of {0} is available: {1} to download.', first.modelName, bytes)} ${changesText(first.changedFiles)}`
      : vscode.l10n.t(
          'Updates of {0} models are available: {1} to download.',
          updates.length,
          bytes,
        );
  const update = updates.length === 1 ? vscode.l10n.t('Update') : vscode.l10n.t('Update All');
  if ((await vscode.window.showInformationMessage(text, update)) !== update) return;
  const loaded = await manager.get();
  for (const { modelId } of updates) await loaded.download(modelId);
}

/** Which files would change; the first few by name. */
function changesText(paths: readonly string[]): string {
  const shown = paths.slice(0, mostPaths).join(', ');
  const others = paths.length - mostPaths;
  return others > 0
    ? vscode.l10n.t('What changes: {0} and {1} more.', shown, others)
    : vscode.l10n.t('What changes: {0}.', shown);
}
