import type { Localiser } from './phase';

/** The name of a language in the reader's language, by its code; an unknown code stays as it is. */
export type LanguageName = (code: string) => string;

/**
 * Names that the tables lack: two languages that Whisper transcribes, which the tables of the desktop editor and of
 * browsers leave out, and `any`, which catalogs use for models that transcribe every language.
 */
export function languageStrings(l10n: Localiser) {
  return {
    languageBashkir: l10n.t('Bashkir'),
    languageTibetan: l10n.t('Tibetan'),
    languageAny: l10n.t('any language'),
  };
}

/** Names of languages in the language of `locale`, else in English. */
export function languageNames(
  locale: string | undefined,
  strings: ReturnType<typeof languageStrings>,
): LanguageName {
  const tables = [locale, 'en'].flatMap(displayNames);
  const known = new Map([
    ['ba', strings.languageBashkir],
    ['bo', strings.languageTibetan],
    ['any', strings.languageAny],
  ]);
  return (code) => {
    const name = known.get(code) ?? nameIn(tables, code) ?? code;
    known.set(code, name);
    return name;
  };
}

function displayNames(locale: string | undefined): readonly Intl.DisplayNames[] {
  try {
    return [new Intl.DisplayNames(locale, { type: 'language', fallback: 'none' })];
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
    // A catalog's own word, such as "multi lingual".
  }
  return undefined;
}
