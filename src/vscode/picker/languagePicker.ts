import * as vscode from 'vscode';
import type { ModelManager } from '../../models';
import { translator } from '../ui/localise';
import { languageRows, spokenModelRows } from './languageRows';
import type { LanguageName } from './languageNames';
import { pickerFacts } from './pickerFacts';
import { pickerItem } from './pickerItem';
import { askStep } from './quickPickStep';

/**
 * Language first: the person picks a language, then a model among those that speak it, the best published error rate
 * first. Resolves with the model's id, `back` when they want the whole list again, undefined when they went away.
 */
export async function pickByLanguage(
  manager: ModelManager,
  nameOf: LanguageName,
): Promise<string | undefined> {
  const { l10n, env } = vscode;
  const records = await manager.models();
  const models = records.map(({ model }) => model);
  const spoken = manager.advice.languages(models);
  const own = manager.advice.languageKey(env.language);
  for (;;) {
    const chosen = await askStep({
      title: l10n.t('Choose by Language'),
      placeholder: l10n.t('The language that is spoken in your recordings'),
      items: languageRows(spoken, own, nameOf, translator()),
    });
    if (chosen === undefined || chosen === 'back') return chosen;
    const byId = new Map(records.map((record) => [record.model.id, record]));
    const speaking = manager.advice
      .forLanguage(models, chosen.language)
      .flatMap(({ id }) => byId.get(id) ?? []);
    const model = await askStep({
      title: l10n.t('Download Model · speaks {0}', chosen.label),
      placeholder: l10n.t('Search by name, family or format'),
      items: spokenModelRows(speaking, pickerFacts(manager, nameOf), translator()).map(pickerItem),
    });
    if (model !== 'back') return model?.modelId;
  }
}
