import { factorText } from '../../protocol/format';
import type { LanguageName } from '../../protocol/languageNames';
import type { Translate } from '../../protocol/progressText';

/** `6.2x real time here`: as measured on this machine. */
export function speedText(realTimeFactor: number, t: Translate): string {
  return t('{0}x real time here', factorText(realTimeFactor, t.language));
}

/** `English, German` for a few languages, `99 languages` for many, nothing when they are unknown. */
export function languagePart(
  languages: readonly string[],
  t: Translate,
  languageCount = languages.length,
  languageName: LanguageName,
): string[] {
  if (languageCount === 0) return [];
  if (languageCount > 3 || languages.length !== languageCount)
    return [t('{0} languages', languageCount)];
  return [[...new Set(languages.map(languageName))].join(', ')];
}

/** A licence's id as a person reads it; repositories that state none are common. */
export function licenceText(id: string, t: Translate): string {
  return id === 'NOASSERTION' ? t('licence unknown') : id;
}
