/** Turns language codes into names of the reader's language; a code that nobody knows stays as it is. */
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
    return new Intl.DisplayNames(locale, { type: 'language' });
  } catch {
    return new Intl.DisplayNames('en', { type: 'language' });
  }
}

function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    // `of` throws for what isn't shaped like a language code, such as a catalog's own "multi".
    return code;
  }
}
