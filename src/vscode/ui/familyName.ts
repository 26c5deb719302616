import type { Translate } from '../../protocol/progressText';

/** A family's name. Those of models that no catalog has are words, the others are names. */
export function localFamily(name: string, t: Translate): string {
  if (name === 'Imported') return t('Imported');
  return name === 'Plain files' ? t('Plain files') : name;
}
