import type { PanelFamily, PanelVariant } from './panelSnapshot';

/**
 * A catalog on its way to the page. What many variants share (a list of a hundred languages, a licence with its
 * address, the source of an error rate) is said once, in a table; a variant names its place there. Unpacked, it is the
 * `PanelCatalog` again.
 */
export interface PackedCatalog {
  readonly languages: readonly PanelVariant['languages'][];
  readonly loaders: readonly PanelVariant['loaders'][];
  readonly licences: readonly PanelVariant['licence'][];
  readonly accuracies: readonly NonNullable<PanelVariant['accuracy']>[];
  readonly families: readonly PackedFamily[];
}

export interface PackedFamily extends Omit<PanelFamily, 'variants'> {
  readonly variants: readonly PackedVariant[];
}

type Shared = 'languages' | 'loaders' | 'licence' | 'accuracy';
type Flag = 'gated' | 'runsCode' | 'starter';

/** A variant with places in tables for what it shares, and without the flags that are false. */
export type PackedVariant = Omit<PanelVariant, Shared | Flag> &
  Readonly<Record<Exclude<Shared, 'accuracy'>, number>> &
  Readonly<Partial<Record<Flag, true>>> & { readonly accuracy?: number };
