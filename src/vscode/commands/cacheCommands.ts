import * as vscode from 'vscode';
import type { ModelLibrary, ModelManager } from '../../models';
import { isFinal } from '../../protocol/downloadProgress';
import { openManager, whileDeleting, whileLooking } from '../ui/acknowledge';
import { confirm } from '../ui/confirm';
import { localBytes, localise } from '../ui/localise';
import { withWork } from '../ui/work';
import { actions, reclaimedText } from './actions';
import { modelIdsOf, type CommandContext } from './commandContext';
import { paletteContext } from './palette';

/** Imports a local file or folder, which is left as it is. `argument` may be its path, as from a drop. */
export async function importModel({ manager }: CommandContext, argument: unknown): Promise<void> {
  const source = pathOf(argument) ?? (await chooseFolder());
  if (source === undefined) return;
  const { library } = await manager.get();
  if (await library.isBundle(source)) {
    const models = await withWork(vscode.l10n.t('Importing models'), (work) =>
      library.importBundle(source, work),
    );
    say(
      vscode.l10n.t(
        '{0} models are imported and verified: {1}.',
        models.length,
        models.map(({ name }) => name).join(', '),
      ),
    );
    return;
  }
  const [model, ...others] = await withWork(vscode.l10n.t('Importing a model'), async (work) =>
    library.import(source, work),
  );
  if (others.length === 0) {
    const size = localBytes(model.sizeOnDisk);
    say(vscode.l10n.t('{0} is imported and verified ({1}).', model.name, size));
    return;
  }
  const names = [model, ...others].map(({ name }) => name).join(', ');
  say(vscode.l10n.t('{0} models are imported and verified: {1}.', others.length + 1, names));
}

/** Writes chosen models to one file, for a machine without a network. `argument` may be a model of the tree. */
export async function exportModels(
  { manager }: CommandContext,
  argument: unknown,
  selection: unknown,
): Promise<void> {
  const loaded = await openManager(manager);
  const given = modelIdsOf(argument, selection);
  const ids = given.length > 0 ? given : await chooseModels(loaded);
  if (ids.length === 0) return;
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export models to one file'),
    saveLabel: vscode.l10n.t('Export'),
    filters: { [vscode.l10n.t('Models in one file')]: ['tar'] },
  });
  if (target === undefined) return;
  const { sizeBytes } = await withWork(vscode.l10n.t('Exporting models'), (work) =>
    loaded.library.exportModels(ids, target.fsPath, work),
  );
  say(
    vscode.l10n.t(
      '{0} were written to {1}. Import that file on the other machine.',
      localBytes(sizeBytes),
      target.fsPath,
    ),
  );
}

async function chooseModels(manager: ModelManager): Promise<readonly string[]> {
  const models = await manager.downloadedModels();
  if (models.length === 0) {
    say(vscode.l10n.t('No model is downloaded, so there is nothing to export.'));
    return [];
  }
  const chosen = await vscode.window.showQuickPick(
    models.map(({ modelId, name, sizeOnDisk }) => ({
      label: name,
      description: localBytes(sizeOnDisk),
      modelId,
    })),
    { canPickMany: true, title: vscode.l10n.t('Choose the models to export') },
  );
  return (chosen ?? []).map(({ modelId }) => modelId);
}

/** Moves the cache to another folder, verified, then uses it there. Resolves with whether the folder has changed. */
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
  say(vscode.l10n.t('{0} were moved to {1}.', localBytes(report.movedBytes), folder.fsPath));
  return true;
}

async function chooseFolder(): Promise<string | undefined> {
  const [chosen] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: true,
      canSelectFolders: true,
      title: vscode.l10n.t('Choose a model file or folder'),
      openLabel: vscode.l10n.t('Import'),
    })) ?? [];
  return chosen?.fsPath;
}

/** A path that the explorer, a drop or another extension passes. */
function pathOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  return argument instanceof vscode.Uri && argument.scheme === 'file' ? argument.fsPath : undefined;
}

/** Deletes every model after a question that says how many bytes this gives back. */
export async function clearCache(context: CommandContext): Promise<void> {
  const action = await paletteContext(context);
  const { manager } = action;
  const bytes = await whileLooking(() => manager.library.clearBytes());
  const isWanted = await confirm(
    vscode.l10n.t('Delete all downloaded models?'),
    vscode.l10n.t(
      'This gives back {0} in {1}. Files that are not ours stay.',
      localBytes(bytes),
      manager.cachePath,
    ),
    vscode.l10n.t('Delete All Models'),
  );
  if (isWanted) say(await actions.none.clearCache(action));
}

/**
 * Offers what can be deleted without a loss: old revisions, unfinished downloads with their age, orphaned files.
 * Resolves with whether anything was deleted.
 */
export async function freeUpSpace({ manager }: CommandContext): Promise<boolean> {
  const { library } = await openManager(manager);
  const items = await whileLooking(() => library.cleanUpItems());
  if (items.length === 0) {
    say(
      vscode.l10n.t(
        'There is nothing to clean up. Delete a model in the Models view to free space.',
      ),
    );
    await vscode.commands.executeCommand('asr.models.focus');
    return false;
  }
  const rows = items.map((item) => ({
    label: item.repo,
    description: localBytes(item.bytes),
    detail: `${kindText(item.kind)} · ${ageText(item.modifiedMs)}`,
    // A partial may still be wanted; no model needs an older revision or an orphan.
    picked: item.kind !== 'partial',
    item,
  }));
  const chosen = await vscode.window.showQuickPick(rows, {
    canPickMany: true,
    title: vscode.l10n.t('Free Up Space'),
    placeHolder: vscode.l10n.t('What may go'),
  });
  if (chosen === undefined || chosen.length === 0) return false;
  const { reclaimedBytes } = await whileDeleting(() =>
    library.cleanUp(chosen.map(({ item }) => item)),
  );
  say(reclaimedText(reclaimedBytes));
  return reclaimedBytes > 0;
}

type UninstallPlan = Awaited<ReturnType<ModelLibrary['uninstallPlan']>>;

/**
 * Removes everything that the extension has put on this machine, in every folder that it used, after a question that
 * lists each with its bytes. The mementos are cleared too; settings and the token stay.
 */
export async function removeEverything({ manager, forget }: CommandContext): Promise<void> {
  const { l10n, window } = vscode;
  const loaded = await openManager(manager);
  const plan = await whileLooking(() => loaded.library.uninstallPlan());
  if (plan.folders.length === 0 && plan.bytes === 0) {
    say(l10n.t('There is nothing of ours on this machine.'));
    return;
  }
  const isWanted = await confirm(
    l10n.t('Remove everything that ASR Model Manager keeps on this machine?'),
    removalDetail(plan, loaded),
    l10n.t('Remove Everything'),
  );
  if (!isWanted) return;
  const { reclaimedBytes, left } = await window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: l10n.t('Removing everything…') },
    () => loaded.uninstall(),
  );
  await forget();
  const freed = reclaimedText(reclaimedBytes);
  const reasons = left.map(({ localizedMessage }) => localise(localizedMessage));
  if (reasons.length === 0) say(freed);
  else void window.showWarningMessage([freed, ...reasons].join(' '));
}

/** Each folder with its bytes, then what is lost. */
function removalDetail({ folders, bytes }: UninstallPlan, manager: ModelManager): string {
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

function kindText(kind: 'oldRevision' | 'partial' | 'orphanBlob'): string {
  return {
    oldRevision: vscode.l10n.t('an older revision'),
    partial: vscode.l10n.t('an unfinished download'),
    orphanBlob: vscode.l10n.t('a file that no model uses'),
  }[kind];
}

function ageText(modifiedMs: number): string {
  const days = Math.floor((Date.now() - modifiedMs) / 86_400_000);
  return days < 1 ? vscode.l10n.t('today') : vscode.l10n.t('{0} days old', days);
}

/** A message that needs no answer. */
function say(message: string): void {
  void vscode.window.showInformationMessage(message);
}
