import * as vscode from 'vscode';
import type { CatalogModel, ModelGroup, ModelManager, ModelRecord } from '../../models';
import type { LanguageName } from '../../protocol/languageNames';
import { translator } from '../ui/localise';
import { askStep } from './askStep';
import { rowNames, variantRows, type GroupedRecords } from './groupRows';
import { pickerItem, type ModelItem } from './modelItem';
import { pickerFacts, type PickerFacts } from './pickerItems';

/** Everything on offer, as the rows of the pickers need it. */
interface Choices extends GroupedRecords {
  readonly models: readonly CatalogModel[];
  readonly facts: PickerFacts;
}

/** Reads what is on offer now. */
export async function readChoices(
  manager: ModelManager,
  languageName: LanguageName,
): Promise<Choices> {
  const [records] = await Promise.all([manager.models(), manager.advice.ready()]);
  const byId = new Map(records.map((record) => [record.model.id, record]));
  const models = manager.advice.safeFirst(records.map(({ model }) => model));
  const recordOf = ({ id }: CatalogModel): ModelRecord | undefined => byId.get(id);
  const groups = manager.advice.groups(models, (model) => {
    const downloaded = recordOf(model)?.downloaded;
    return downloaded && manager.speech.measurement(downloaded)?.realTimeFactor;
  });
  const facts = pickerFacts(manager, rowNames(groups), languageName);
  return { models, groups, recordOf, facts };
}

/**
 * The variants of one model, the best for this machine first. Sizes that no catalog states are asked from the hub while
 * the list stands, one after the other. Resolves with the id of the chosen one, `back`, or undefined when it was closed.
 */
export async function pickVariant(
  manager: ModelManager,
  { id, name }: ModelGroup,
  languageName: LanguageName,
): Promise<string | undefined> {
  const read = async (): Promise<{
    readonly items: readonly ModelItem[];
    readonly group: ModelGroup | undefined;
  }> => {
    const choices = await readChoices(manager, languageName);
    const group = choices.groups.find((each) => each.id === id);
    const rows = group && variantRows(group, choices, choices.facts, translator());
    return { group, items: (rows ?? []).map(pickerItem) };
  };
  const { items, group } = await read();
  const answer = await askStep<ModelItem>({
    title: vscode.l10n.t('Download Model · {0}', name),
    placeholder: vscode.l10n.t('Choose a variant: the best for this machine is the first'),
    items,
    meanwhile: async (show, closed) => {
      const all = [
        ...(group?.here ?? []),
        ...(group?.elsewhere ?? []).flatMap((each) => each.variants),
      ];
      const asked = await manager.advice.askUnknownSizes(all, closed);
      if (asked > 0 && !closed.aborted) show((await read()).items);
    },
  });
  return answer === 'back' ? answer : answer?.modelId;
}
