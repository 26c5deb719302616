import type { Translate } from '../views/progressText';

/** Says a language's code in the person's language; a code that nobody knows stays as it is. */
export type LanguageName = (code: string) => string;

/**
 * Names of languages in the editor's display language. The desktop editor's table of names is shortened: it lacks two
 * languages that Whisper speaks, and `any`, which catalogs use for models that hear speech in whatever language.
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
