import type { CatalogModel } from './catalogModel';

/**
 * Copies of the same model in a format that can't run code when it is loaded, smallest first; for a model that can,
 * they are offered before it.
 */
export function safeCopies(
  model: CatalogModel,
  models: readonly CatalogModel[],
): readonly CatalogModel[] {
  if (model.checkpoint === undefined) return [];
  return models
    .filter(
      (other) =>
        other.checkpoint === model.checkpoint &&
        !other.runsCode &&
        other.unavailable === undefined &&
        other.id !== model.id,
    )
    .sort((a, b) => (a.sizeBytes ?? Infinity) - (b.sizeBytes ?? Infinity) || 0);
}

/** The same models with each that can run code moved behind the last safe copy of itself. */
export function safeFirst(models: readonly CatalogModel[]): readonly CatalogModel[] {
  const lastSafe = new Map<string, number>();
  for (const [index, model] of models.entries()) {
    if (model.checkpoint !== undefined && !model.runsCode) lastSafe.set(model.checkpoint, index);
  }
  function rank(model: CatalogModel, index: number): number {
    const safe = model.checkpoint === undefined ? undefined : lastSafe.get(model.checkpoint);
    return model.runsCode && safe !== undefined ? Math.max(index, safe + 0.5) : index;
  }
  return models
    .map((model, index) => ({ model, rank: rank(model, index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ model }) => model);
}
