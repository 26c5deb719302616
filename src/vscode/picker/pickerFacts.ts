import type { ModelManager } from '../../models';
import type { LanguageName } from './languageNames';
import type { PickerFacts } from './pickerItems';

/** What the manager knows of models beside their records, for the rows of a picker. */
export function pickerFacts(manager: ModelManager, languageName: LanguageName): PickerFacts {
  const updates = new Set(manager.library.updates.map(({ modelId }) => modelId));
  return {
    fitOf: ({ model }) => manager.advice.fitOf(model),
    hasUpdate: ({ model }) => updates.has(model.id),
    languageName,
    isFromHub: ({ model }) => manager.advice.isFromHub(model),
  };
}
