import type { Translate } from '../../protocol/progressText';

/**
 * A text of a catalog in the person's language. The built-in catalog's English texts are keys of the bundles, as every
 * message is (scripts/l10n/catalogStrings.ts collects them); those of other catalogs are shown as they are.
 */
export function catalogText(text: string, t: Translate): string {
  return t(text);
}
