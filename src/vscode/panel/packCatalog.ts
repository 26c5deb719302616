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
      languages: languages.place(variant.languages),
      loaders: loaders.place(variant.loaders),
      licence: licences.place(variant.licence),
      ...(accuracy === undefined ? {} : { accuracy: accuracies.place(accuracy) }),
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
  readonly #places = new Map<string, number>();

  place(value: T): number {
    const key = JSON.stringify(value);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.values.length);
    return this.values.push(value) - 1;
  }
}
