import type { LanguageName } from '../picker/languageNames';

/** A language that somebody may speak in a recording. */
export interface RecordingLanguage {
  readonly label: string;
  /** The code, which can be typed too. */
  readonly description: string;
  readonly language: string;
}

/** What is offered for a model whose languages no catalog tells: those that most such models speak. */
const usualLanguages = ['de', 'en', 'es', 'fr'];

/** The languages of a model in the order of their names; the editor's own (of its `locale`) comes first. */
export function recordingLanguages(
  languages: readonly string[],
  locale: string,
  nameOf: LanguageName,
): readonly RecordingLanguage[] {
  const [own] = locale.split('-', 1);
  const codes = languages.length === 0 ? usualLanguages : languages;
  return [...new Set(codes)]
    .map((code) => ({ label: nameOf(code), description: code, language: code }))
    .sort(
      (a, b) =>
        Number(b.language === own) - Number(a.language === own) || a.label.localeCompare(b.label),
    );
}
