/** Turns language codes into names of the reader's language; an unknown code stays as it is. */
export function createLanguageNamer(locale: string | undefined): (code: string) => string {
  const names = displayNames(locale);
  const known = new Map<string, string>();
  return (code) => {
    let name = known.get(code);
    if (name === undefined) {
      name = nameOf(names, code);
      known.set(code, name);
    }
    return name;
  };
}

function displayNames(locale: string | undefined): Intl.DisplayNames {
  try {
    return new Intl.DisplayNames(locale, { type: 'language', fallback: 'none' });
  } catch {
    return new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  }
}

function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? rareName(code, names.resolvedOptions().locale) ?? code;
  } catch {
    // `of` throws for what isn't shaped like a language code, such as a catalog's own "multi".
    return code;
  }
}

/** Languages of models that the names of a browser leave out. */
const rare: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ba: { en: 'Bashkir', de: 'Baschkirisch', zh: '巴什基尔语' },
  bo: { en: 'Tibetan', de: 'Tibetisch', zh: '藏语' },
};

function rareName(code: string, locale: string): string | undefined {
  const names = rare[code];
  return names?.[new Intl.Locale(locale).language] ?? names?.['en'];
}
