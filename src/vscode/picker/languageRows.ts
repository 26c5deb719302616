import type { LanguageName } from '../../protocol/languageNames';
import type { Translate } from '../../protocol/progressText';

/** A language that can be chosen. */
interface LanguageRow {
  readonly language: string;
  readonly label: string;
  /** Begins with the code, which can be typed too. */
  readonly description: string;
}

/** The languages that models transcribe, by name, the person's own first. */
export function languageRows(
  spoken: readonly { readonly language: string; readonly models: number }[],
  own: string,
  nameOf: LanguageName,
  t: Translate,
): readonly LanguageRow[] {
  return spoken
    .filter(({ language }) => language !== 'any')
    .map(({ language, models }) => ({
      language,
      label: nameOf(language),
      description: `${language} · ${models === 1 ? t('1 model') : t('{0} models', models)}`,
    }))
    .sort(byName(own));
}

/** Offered for a model whose languages no catalog lists: those that most such models support. */
const usualLanguages = ['de', 'en', 'es', 'fr'];

/** The languages that a recording may be in: a model's by name, the editor's own (of its `locale`) first. */
export function recordingLanguages(
  languages: readonly string[],
  locale: string,
  nameOf: LanguageName,
): readonly LanguageRow[] {
  const [own] = locale.split('-', 1);
  const codes = languages.length === 0 ? usualLanguages : languages;
  return [...new Set(codes)]
    .map((code) => ({ label: nameOf(code), description: code, language: code }))
    .sort(byName(own));
}

function byName(own: string | undefined): (a: LanguageRow, b: LanguageRow) => number {
  return (a, b) =>
    Number(b.language === own) - Number(a.language === own) || a.label.localeCompare(b.label);
}
