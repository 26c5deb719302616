import * as vscode from 'vscode';
import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import type { DownloadedModel, ModelRecord } from '../../models';
import type { LazyManager } from '../host/lazyManager';
import { openManager, whileDeleting, whileLooking } from '../ui/acknowledge';
import { localBytes } from '../ui/localise';
import { modelIdOf, modelIdsOf } from './commandArgument';
import type { CommandContext } from './commandContext';
import { reportReclaimed } from './maintenanceCommands';

/** Copies where a model lies: the file of a one-file model, else its folder. */
export async function copyModelPath({ manager }: CommandContext, argument: unknown): Promise<void> {
  const model = await downloadedModel(manager, argument);
  await vscode.env.clipboard.writeText(model.path);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Path copied'), 4000);
}

/** Shows a model's file in the system's file manager (only where there is one: see the manifest). */
export async function revealModel({ manager }: CommandContext, argument: unknown): Promise<void> {
  const model = await downloadedModel(manager, argument);
  await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(model.path));
}

/** Deletes the chosen models after saying what that gives back, and says afterwards what it gave. */
export async function deleteModels(
  { manager }: CommandContext,
  argument: unknown,
  selection: unknown,
): Promise<void> {
  const loaded = await openManager(manager);
  const ids = modelIdsOf(argument, selection);
  const { records, bytes } = await whileLooking(async () => {
    const found = (await loaded.models()).filter(({ model }) => ids.includes(model.id));
    const modelIds = found.map(({ model }) => model.id);
    return { records: found, bytes: await loaded.library.removalBytes(modelIds) };
  });
  const [first] = records;
  if (first === undefined) throw chooseFirst();
  const remove = vscode.l10n.t('Delete');
  const chosen = await vscode.window.showWarningMessage(
    records.length === 1
      ? vscode.l10n.t('Delete {0}?', first.model.name)
      : vscode.l10n.t('Delete {0} models?', records.length),
    { modal: true, detail: deletionDetail(records, bytes, loaded.speech.loaded?.modelId) },
    remove,
  );
  if (chosen !== remove) return;
  const bytesFreed = await whileDeleting(async () => {
    let sum = 0;
    for (const { model } of records) sum += (await loaded.deleteModel(model.id)).reclaimedBytes;
    return sum;
  });
  reportReclaimed(bytesFreed);
}

function deletionDetail(
  records: readonly ModelRecord[],
  bytes: number,
  loadedId: string | undefined,
): string {
  const { l10n } = vscode;
  const loaded = records.find(({ model }) => model.id === loadedId);
  const hasOlder = records.some(({ otherRevisions }) => otherRevisions.length > 0);
  const names =
    records.length === 1 ? '' : `${records.map(({ model }) => model.name).join('\n')}\n\n`;
  const consequences = [
    l10n.t('This gives back {0}.', localBytes(bytes)),
    ...(loaded === undefined
      ? []
      : [l10n.t('{0} is loaded and is unloaded first.', loaded.model.name)]),
    ...(hasOlder ? [l10n.t('Previous versions go too.')] : []),
    l10n.t('Files that other models share stay.'),
  ];
  return names + consequences.join(' ');
}

async function downloadedModel(manager: LazyManager, argument: unknown): Promise<DownloadedModel> {
  const modelId = modelIdOf(argument);
  const models = await whileLooking(async () => (await manager.get()).downloadedModels());
  const model = models.find((candidate) => candidate.modelId === modelId);
  if (model === undefined) throw chooseFirst();
  return model;
}

function chooseFirst(): AsrError {
  return new AsrError('notFound', localized('Choose a downloaded model in the Models view first.'));
}
