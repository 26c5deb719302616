import type { Translate } from '../../protocol/progressText';
import { catalogText } from './catalogText';

/** A family's name. Those of models that no catalog has are words, as some of the built-in catalog's are; others are names. */
export function localFamily(name: string, t: Translate): string {
  if (name === 'Imported') return t('Imported');
  return name === 'Plain files' ? t('Plain files') : catalogText(name, t);
}
