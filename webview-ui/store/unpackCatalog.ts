import { defined } from '../../src/protocol/defined';
import type { PackedCatalog, PackedVariant } from '../../src/protocol/packedCatalog';
import type { PanelCatalog, PanelVariant } from '../../src/protocol/panelSnapshot';

/** The catalog that a message carried. Variants that share a list have the same object. */
export function unpackCatalog(packed: PackedCatalog): PanelCatalog {
  const unpack = (variant: PackedVariant): PanelVariant => {
    const { accuracy, ...rest } = variant;
    const published = accuracy === undefined ? undefined : packed.accuracies[accuracy];
    return {
      ...rest,
      languages: packed.languages[variant.languages] ?? [],
      loaders: packed.loaders[variant.loaders] ?? [],
      licence: packed.licences[variant.licence] ?? { id: 'NOASSERTION' },
      ...defined({ accuracy: published }),
      gated: variant.gated === true,
      runsCode: variant.runsCode === true,
      starter: variant.starter === true,
    };
  };
  return {
    families: packed.families.map(({ variants, ...family }) => ({
      ...family,
      variants: variants.map(unpack),
    })),
  };
}
