import type { Translate } from '../views/progressText';

/** The name of a language in the person's language, by its code; an unknown code stays as it is. */
export type LanguageName = (code: string) => string;

/**
 * Names of languages in the editor's display language. The desktop editor's table of names is shortened: it lacks two
 * languages that Whisper supports, and `any`, which catalogs use for models that transcribe every language.
 */
export function languageNames(locale: string, t: Translate): LanguageName {
  const lacking: Readonly<Record<string, string>> = {
    ba: t('Bashkir'),
    bo: t('Tibetan'),
    any: t('any language'),
  };
  const tables = [locale, 'en'].flatMap((tag) => displayNames(tag));
  const known = new Map<string, string>();
  return (code) => {
    const name = known.get(code) ?? lacking[code] ?? nameIn(tables, code) ?? code;
    known.set(code, name);
    return name;
  };
}

function displayNames(locale: string): readonly Intl.DisplayNames[] {
  try {
    return [new Intl.DisplayNames([locale], { type: 'language', fallback: 'none' })];
  } catch {
    return [];
  }
}

/** Tables throw for what isn't shaped like a language code. */
function nameIn(tables: readonly Intl.DisplayNames[], code: string): string | undefined {
  try {
    for (const table of tables) {
      const name = table.of(code);
      if (name !== undefined) return name;
    }
  } catch {
    return undefined;
  }
  return undefined;
}

/** A language that can be chosen. */
export interface LanguageRow {
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
