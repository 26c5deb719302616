import * as vscode from 'vscode';
import type { ModelLibrary, ModelManager } from '../../models';
import { isFinal } from '../../protocol/downloadProgress';
import { openManager, whileLooking } from '../ui/acknowledge';
import { localBytes, localise } from '../ui/localise';
import type { CommandContext } from './commandContext';
import { reportReclaimed } from './maintenanceCommands';

type UninstallPlan = Awaited<ReturnType<ModelLibrary['uninstallPlan']>>;

/**
 * Removes what the extension has ever put on this machine, in every folder that it used, after naming each with what
 * it gives back. What the editor remembers for us goes too; settings and the token stay.
 */
export async function removeEverything({ manager, forget }: CommandContext): Promise<void> {
  const { l10n, window } = vscode;
  const loaded = await openManager(manager);
  const found = await whileLooking(() => loaded.library.uninstallPlan());
  if (found.folders.length === 0 && found.bytes === 0) {
    void window.showInformationMessage(l10n.t('There is nothing of ours on this machine.'));
    return;
  }
  const remove = l10n.t('Remove Everything');
  const chosen = await window.showWarningMessage(
    l10n.t('Remove everything that ASR Model Manager keeps on this machine?'),
    { modal: true, detail: detailText(found, loaded) },
    remove,
  );
  if (chosen !== remove) return;
  const { reclaimedBytes, left } = await window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: l10n.t('Removing everything…') },
    () => loaded.uninstall(),
  );
  await forget();
  if (left.length === 0) {
    reportReclaimed(reclaimedBytes);
    return;
  }
  const freed = l10n.t('{0} are free again.', localBytes(reclaimedBytes));
  const reasons = left.map(({ localizedMessage }) => localise(localizedMessage));
  void window.showWarningMessage([freed, ...reasons].join(' '));
}

/** Each folder with its bytes, then what is lost by it. */
function detailText({ folders, bytes }: UninstallPlan, manager: ModelManager): string {
  const { l10n } = vscode;
  const lines = folders.map((folder) =>
    folder.isThere
      ? `${folder.path}: ${localBytes(folder.bytes)}`
      : l10n.t('{0}: not there now', folder.path),
  );
  const running = manager.downloads().filter(({ progress }) => !isFinal(progress.status)).length;
  const losses = [
    l10n.t('This gives back {0}.', localBytes(bytes)),
    ...(running === 1 ? [l10n.t('The unfinished download is cancelled.')] : []),
    ...(running > 1 ? [l10n.t('{0} unfinished downloads are cancelled.', running)] : []),
    ...(manager.speech.loaded === undefined ? [] : [l10n.t('The loaded model is unloaded.')]),
    l10n.t('Files that are not ours stay, and so do the settings and the token.'),
  ];
  return [...lines, '', losses.join(' ')].join('\n');
}
