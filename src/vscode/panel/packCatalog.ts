import type { PackedCatalog, PackedVariant } from '../../protocol/packedCatalog';
import type { PanelCatalog, PanelVariant } from '../../protocol/panelSnapshot';

/** Says once what many variants share: of some hundred kilobytes a quarter is left. */
export function packCatalog({ families }: PanelCatalog): PackedCatalog {
  const languages = new Table<PanelVariant['languages']>();
  const loaders = new Table<PanelVariant['loaders']>();
  const licences = new Table<PanelVariant['licence']>();
  const accuracies = new Table<NonNullable<PanelVariant['accuracy']>>();
  const pack = (variant: PanelVariant): PackedVariant => {
    const { gated, runsCode, starter, accuracy, ...rest } = variant;
    return {
      ...rest,
      languages: languages.indexOf(variant.languages),
      loaders: loaders.indexOf(variant.loaders),
      licence: licences.indexOf(variant.licence),
      ...(accuracy === undefined ? {} : { accuracy: accuracies.indexOf(accuracy) }),
      ...(gated ? { gated } : {}),
      ...(runsCode ? { runsCode } : {}),
      ...(starter ? { starter } : {}),
    };
  };
  return {
    families: families.map(({ variants, ...family }) => ({
      ...family,
      variants: variants.map(pack),
    })),
    languages: languages.values,
    loaders: loaders.values,
    licences: licences.values,
    accuracies: accuracies.values,
  };
}

/** Different values, each with a place. */
class Table<T> {
  readonly values: T[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(value: T): number {
    const key = JSON.stringify(value);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.values.length);
    return this.values.push(value) - 1;
  }
}
