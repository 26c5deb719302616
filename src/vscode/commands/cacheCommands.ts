import * as vscode from 'vscode';
import { openManager } from '../ui/acknowledge';
import { localBytes } from '../ui/localise';
import { withWork } from '../ui/work';
import type { CommandContext } from './commandContext';

/** Takes a local file or folder in, leaving it as it is. `argument` may be the place, as from a drop. */
export async function importModel({ manager }: CommandContext, argument: unknown): Promise<void> {
  const source = placeOf(argument) ?? (await chooseFolder());
  if (source === undefined) return;
  const model = await withWork(vscode.l10n.t('Importing a model'), async (work) =>
    (await manager.get()).library.import(source, work),
  );
  void vscode.window.showInformationMessage(
    vscode.l10n.t('{0} is imported and verified ({1}).', model.name, localBytes(model.sizeOnDisk)),
  );
}

/** Takes the cache to another folder, verified, then uses it there. Resolves with whether it lies elsewhere now. */
export async function moveCache({ manager, cacheFolder }: CommandContext): Promise<boolean> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      title: vscode.l10n.t('Choose the new folder for models'),
      openLabel: vscode.l10n.t('Use This Folder'),
    })) ?? [];
  if (folder === undefined) return false;
  const loaded = await openManager(manager);
  const move = vscode.l10n.t('Move the Models');
  const leave = vscode.l10n.t('Leave Them There');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('Models will be kept in {0}.', folder.fsPath),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Those that are in {0} can be moved along, or stay where they are.',
        loaded.cachePath,
      ),
    },
    move,
    leave,
  );
  if (chosen === leave) await cacheFolder.use(folder.fsPath);
  if (chosen !== move) return chosen === leave;
  const report = await withWork(vscode.l10n.t('Moving models'), (work) =>
    loaded.library.moveTo(folder.fsPath, (root) => cacheFolder.use(root), work),
  );
  void vscode.window.showInformationMessage(
    vscode.l10n.t('{0} were moved to {1}.', localBytes(report.movedBytes), folder.fsPath),
  );
  return true;
}

async function chooseFolder(): Promise<string | undefined> {
  const [place] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: true,
      canSelectFolders: true,
      title: vscode.l10n.t('Choose a model file or folder'),
      openLabel: vscode.l10n.t('Import'),
    })) ?? [];
  return place?.fsPath;
}

/** A place that the explorer, a drop or another extension hands over. */
function placeOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  return argument instanceof vscode.Uri && argument.scheme === 'file' ? argument.fsPath : undefined;
}
