import * as vscode from 'vscode';
import type { ModelManager } from '../../models';
import { translator } from '../ui/localise';
import type { LanguageName } from './languageNames';
import { pickerFacts } from './pickerFacts';
import { modelRow } from './pickerItems';
import { heading, pickerItem } from './pickerItem';
import { askStep } from './quickPickStep';

/** More copies than these are no help: the first ones load here or are small. */
const mostCopies = 6;

/**
 * Offers the safe copies of the same model to somebody who chose one that can run code when it is loaded. Resolves
 * with the id to download (at once when there is nothing to offer), `back`, or undefined when they went away.
 */
export async function chooseSafely(
  manager: ModelManager,
  modelId: string,
  nameOf: LanguageName,
): Promise<string | undefined> {
  const { l10n } = vscode;
  const records = await manager.models();
  const chosen = records.find(({ model }) => model.id === modelId);
  if (chosen?.model.runsCode !== true) return modelId;
  const models = records.map(({ model }) => model);
  const copies = manager.advice.safeCopies(chosen.model, models).slice(0, mostCopies);
  if (copies.length === 0) return modelId;
  const byId = new Map(records.map((record) => [record.model.id, record]));
  const facts = pickerFacts(manager, nameOf);
  const rows = copies.flatMap(({ id }) => byId.get(id) ?? []);
  const answer = await askStep({
    title: l10n.t('{0} can run code when it is loaded', chosen.model.name),
    placeholder: l10n.t('Take the same model in a format that can’t, or this one all the same'),
    items: [
      heading(l10n.t('The same model in a safe format')),
      ...rows.map((record) => pickerItem(modelRow(record, facts, translator()))),
      heading(l10n.t('As you chose')),
      pickerItem(modelRow(chosen, facts, translator())),
    ],
  });
  return answer === 'back' ? answer : answer?.modelId;
}
