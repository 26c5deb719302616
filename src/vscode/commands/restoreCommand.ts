import * as vscode from 'vscode';
import type { ModelManager, ModelRecord, RestoreOffer } from '../../models';
import { openManager, whileLooking } from '../ui/acknowledge';
import { modelIdOf } from './commandArgument';
import type { CommandContext } from './commandContext';

const shownDigits = 8;

interface Choice {
  readonly record: ModelRecord;
  readonly offer: RestoreOffer;
}

/**
 * Takes a model back to the version that an update replaced, as long as that was not cleaned up; from the palette of
 * any model that has one. Asks with revision and date.
 */
export async function restoreModel({ manager }: CommandContext, argument: unknown): Promise<void> {
  const { l10n, window } = vscode;
  const loaded = await openManager(manager);
  const modelId = modelIdOf(argument);
  const choices = await whileLooking(() => choicesOf(loaded, modelId));
  if (choices.length === 0) {
    void window.showInformationMessage(
      l10n.t(
        'No previous version is on this machine. An update keeps the version before it until it is cleaned up.',
      ),
    );
    return;
  }
  const choice = await choose(choices, modelId);
  if (choice === undefined) return;
  const { model } = choice.record;
  const restore = l10n.t('Restore');
  const chosen = await window.showWarningMessage(
    l10n.t('Restore the previous version of {0}?', model.name),
    { modal: true, detail: detailText(choice, loaded.speech.loaded?.modelId === model.id) },
    restore,
  );
  if (chosen !== restore) return;
  const { name, revision } = await whileLooking(() =>
    loaded.restoreModel(model.id, choice.offer.commit),
  );
  void window.showInformationMessage(
    l10n.t('{0} is back at revision {1}.', name, revision.slice(0, shownDigits)),
  );
}

async function choicesOf(
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

/** The only one of a model that was named; else the person says which. */
async function choose(
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

function detailText({ record, offer }: Choice, isLoaded: boolean): string {
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
