import { compareAccuracy } from '../protocol/accuracy';
import type { Accuracy, CatalogModel } from './catalogModel';

/** The language of a code without its region: `zh` of `zh-TW`. */
function primary(code: string): string {
  return code.toLowerCase().split('-', 1)[0] ?? '';
}

/** Codes that older and newer models use for the same language. */
const sameLanguage: Readonly<Record<string, string>> = { jw: 'jv', nb: 'no', iw: 'he', fil: 'tl' };

/** One code for one language, so that lists of different makers can be compared. */
export function languageKey(code: string): string {
  const short = primary(code);
  return sameLanguage[short] ?? short;
}

/** Whether a model is known to speak a language. */
export function speaks(model: CatalogModel, language: string): boolean {
  const key = languageKey(language);
  return model.languages.some((code) => languageKey(code) === key);
}

/** Every language that some model speaks, with how many do, most spoken first, then by code. */
export function spokenLanguages(
  models: readonly CatalogModel[],
): readonly { readonly language: string; readonly models: number }[] {
  const counts = new Map<string, number>();
  for (const model of models) {
    for (const key of new Set(model.languages.map(languageKey))) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([language, count]) => ({ language, models: count }))
    .sort((a, b) => b.models - a.models || (a.language < b.language ? -1 : 1));
}

/** Whether it transcribes speech, as opposed to detecting where there is speech. */
export function transcribes(model: CatalogModel): boolean {
  const tasks = model.tasks ?? [];
  return tasks.length === 0 || tasks.some((task) => task === 'transcribe');
}

/** Tells which published rates were measured with speech of a language, as their description says in English. */
export function ratedIn(language: string): (rate: Accuracy | undefined) => boolean {
  const key = languageKey(language);
  const name = new Intl.DisplayNames('en', { type: 'language' }).of(key) ?? key;
  return (rate) => rate?.werPercent !== undefined && (rate.benchmark ?? rate.source).includes(name);
}

/**
 * The models for a language, best first: by published error rate of this language, then of another one (each within one
 * benchmark); models that can be downloaded before those that can't, formats that can run code last.
 */
export function modelsForLanguage(
  models: readonly CatalogModel[],
  language: string,
): readonly CatalogModel[] {
  const speaking = models.filter((model) => transcribes(model) && speaks(model, language));
  const isOwn = ratedIn(language);
  return speaking.sort(
    (a, b) =>
      Number(a.runsCode) - Number(b.runsCode) ||
      Number(a.unavailable !== undefined) - Number(b.unavailable !== undefined) ||
      Number(isOwn(b.accuracy)) - Number(isOwn(a.accuracy)) ||
      compareAccuracy(a.accuracy, b.accuracy),
  );
}
