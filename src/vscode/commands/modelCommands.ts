import * as vscode from 'vscode';
import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import type { ModelManager, ModelRecord, RestoreOffer } from '../../models';
import { openManager, whileLooking } from '../ui/acknowledge';
import { confirm } from '../ui/confirm';
import { localBytes } from '../ui/localise';
import { actions, deleteModels, repairFiles, verifyFiles } from './actions';
import { modelIdOf, modelIdsOf, type CommandContext } from './commandContext';
import { paletteContext } from './palette';

/** How long the status bar says that something was copied. */
const shownMs = 4000;
/** Of a commit, in messages. */
const shownDigits = 8;

/** Copies the path of a model: its file, or the folder of a model of several files. */
export async function copyModelPath(context: CommandContext, argument: unknown): Promise<void> {
  const modelId = givenModel(argument);
  const message = await actions.model.copyPath({ ...(await paletteContext(context)), modelId });
  vscode.window.setStatusBarMessage(message, shownMs);
}

/** Copies the code that loads a downloaded model elsewhere: the right one for its format. */
export async function copyCodeSnippet(
  { manager }: CommandContext,
  argument: unknown,
): Promise<void> {
  const modelId = modelIdOf(argument);
  if (modelId === undefined) return;
  const { text } = await whileLooking(async () =>
    (await manager.get()).speech.snippet(modelId, vscode.env.shell),
  );
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Code copied'), shownMs);
}

/** Shows a model's file in the system's file manager (only where there is one: see the manifest). */
export async function revealModel(context: CommandContext, argument: unknown): Promise<void> {
  const modelId = givenModel(argument);
  await actions.model.reveal({ ...(await paletteContext(context)), modelId });
}

/** Verifies a model's files (of all models without an id), shows the result, and offers to repair what is wrong. */
export async function verifyModel(context: CommandContext, argument: unknown): Promise<void> {
  const modelId = modelIdOf(argument);
  const which = modelId === undefined ? 'all' : [modelId];
  const action = await paletteContext(context);
  const { message, wrongFiles } = await verifyFiles(action, which);
  if (wrongFiles === 0) {
    void vscode.window.showInformationMessage(message);
    return;
  }
  const repair = vscode.l10n.t('Repair');
  if ((await vscode.window.showWarningMessage(message, repair)) !== repair) return;
  void vscode.window.showInformationMessage((await repairFiles(action, which)).message);
}

/** Deletes the selected models after a question that says how many bytes this gives back. */
export async function deleteSelected(
  context: CommandContext,
  argument: unknown,
  selection: unknown,
): Promise<void> {
  const action = await paletteContext(context);
  const { manager } = action;
  const ids = modelIdsOf(argument, selection);
  const { records, bytes } = await whileLooking(async () => {
    const selected = (await manager.models()).filter(({ model }) => ids.includes(model.id));
    const modelIds = selected.map(({ model }) => model.id);
    return { records: selected, bytes: await manager.library.removalBytes(modelIds) };
  });
  const [first] = records;
  if (first === undefined) throw chooseFirst();
  const isWanted = await confirm(
    records.length === 1
      ? vscode.l10n.t('Delete {0}?', first.model.name)
      : vscode.l10n.t('Delete {0} models?', records.length),
    deletionDetail(records, bytes, manager.speech.loaded?.modelId),
    vscode.l10n.t('Delete'),
  );
  if (!isWanted) return;
  const modelIds = records.map(({ model }) => model.id);
  void vscode.window.showInformationMessage(await deleteModels(action, modelIds));
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

interface Choice {
  readonly record: ModelRecord;
  readonly offer: RestoreOffer;
}

/**
 * Restores the version of a model that an update replaced, as long as it was not cleaned up. Without an id the person
 * chooses among all models that have one. Asks with revision and date.
 */
export async function restoreModel({ manager }: CommandContext, argument: unknown): Promise<void> {
  const { l10n, window } = vscode;
  const loaded = await openManager(manager);
  const modelId = modelIdOf(argument);
  const choices = await whileLooking(() => restorable(loaded, modelId));
  if (choices.length === 0) {
    void window.showInformationMessage(
      l10n.t(
        'No previous version is on this machine. An update keeps the version before it until it is cleaned up.',
      ),
    );
    return;
  }
  const choice = await chooseVersion(choices, modelId);
  if (choice === undefined) return;
  const { model } = choice.record;
  const isWanted = await confirm(
    l10n.t('Restore the previous version of {0}?', model.name),
    restoreDetail(choice, loaded.speech.loaded?.modelId === model.id),
    l10n.t('Restore'),
  );
  if (!isWanted) return;
  const { name, revision } = await whileLooking(() =>
    loaded.restoreModel(model.id, choice.offer.commit),
  );
  void window.showInformationMessage(
    l10n.t('{0} is back at revision {1}.', name, revision.slice(0, shownDigits)),
  );
}

async function restorable(
  manager: ModelManager,
  modelId: string | undefined,
): Promise<readonly Choice[]> {
  const records = (await manager.models()).filter(
    ({ model, otherRevisions }) =>
      (modelId === undefined || model.id === modelId) &&
      otherRevisions.some(({ canBeRestored }) => canBeRestored),
  );
  const offers = records.map(async (record) =>
    (await manager.library.restoreOffers(record.model.id)).map((offer) => ({ record, offer })),
  );
  return (await Promise.all(offers)).flat();
}

/** The only version of a model that was given; otherwise the person chooses. */
async function chooseVersion(
  choices: readonly Choice[],
  modelId: string | undefined,
): Promise<Choice | undefined> {
  if (choices.length === 1 && modelId !== undefined) return choices[0];
  const rows = choices.map((choice) => ({
    label: choice.record.model.name,
    description: choice.offer.commit.slice(0, shownDigits),
    detail: vscode.l10n.t('here since {0}', dateText(choice.offer.modifiedMs)),
    choice,
  }));
  const row = await vscode.window.showQuickPick(rows, {
    title: vscode.l10n.t('Restore Previous Version'),
    placeHolder: vscode.l10n.t('Which version shall be used again'),
  });
  return row?.choice;
}

function restoreDetail({ record, offer }: Choice, isLoaded: boolean): string {
  const { l10n } = vscode;
  const [first, ...others] = offer.alsoRestored;
  return [
    l10n.t(
      'Revision {0}, here since {1}, takes the place of revision {2}, which is then offered as an update.',
      offer.commit.slice(0, shownDigits),
      dateText(offer.modifiedMs),
      (record.commit ?? '').slice(0, shownDigits),
    ),
    ...(first === undefined
      ? []
      : [l10n.t('Models of the same repository go back too: {0}.', [first, ...others].join(', '))]),
    ...(isLoaded ? [l10n.t('It is loaded and is unloaded first.')] : []),
  ].join(' ');
}

function dateText(modifiedMs: number): string {
  return new Date(modifiedMs).toLocaleString(vscode.env.language);
}

/** The model of a row; rejects with a message when there is none. */
function givenModel(argument: unknown): string {
  const modelId = modelIdOf(argument);
  if (modelId === undefined) throw chooseFirst();
  return modelId;
}

function chooseFirst(): AsrError {
  return new AsrError('notFound', localized('Choose a downloaded model in the Models view first.'));
}
