import path from 'node:path';
import { modelGroups, safeFirst, type CatalogModel, type ModelGroup } from '../../../src/catalog';
import { readBuiltInCatalog } from '../../../src/catalog/builtInCatalog';
import { loadRefusal } from '../../../src/models/loadRefusal';
import type { MachineFit } from '../../../src/protocol/panelSnapshot';

/** These models with their variants, on a machine where every engine works. */
export function groupsOf(
  models: readonly CatalogModel[],
  fitOf: (model: CatalogModel) => MachineFit | undefined = () => 'fits',
): readonly ModelGroup[] {
  const runsHere = (model: CatalogModel): boolean =>
    model.unavailable === undefined && loadRefusal(model) === undefined;
  return modelGroups(safeFirst(models), { runsHere, fitOf });
}

/** The built-in catalog. */
export function builtInModels(): Promise<readonly CatalogModel[]> {
  return readBuiltInCatalog(path.resolve('src', 'catalog', 'data', 'catalog.json'));
}
