import type { PanelModel } from '../../src/protocol/panelSnapshot';
import type { ListedFamily } from './listModels';
import { isFiltering, type ListView } from './viewState';

/** Lists no longer than this show every model open. */
const shortList = 40;

/**
 * Which models show their variants. All of them while the list is short; else those with something on the disk, a
 * download or the recommendation, and, while nothing is filtered, those with a first choice. A person's own clicks turn each around.
 */
export function openFamilies(
  listed: readonly ListedFamily[],
  models: ReadonlyMap<string, PanelModel>,
  downloading: ReadonlySet<string>,
  recommendedId: string | undefined,
  view: ListView,
  toggledFamilies: readonly string[],
): ReadonlySet<string> {
  const count = listed.reduce((sum, { variants }) => sum + variants.length, 0);
  const all = count <= shortList;
  const isWhole = !isFiltering(view);
  const toggled = new Set(toggledFamilies);
  const open = listed.filter(({ family, variants }) => {
    const byDefault =
      all ||
      variants.some(
        ({ id, starter }) =>
          (starter && isWhole) ||
          id === recommendedId ||
          downloading.has(id) ||
          isHere(models.get(id)),
      );
    return byDefault !== toggled.has(family.id);
  });
  return new Set(open.map(({ family }) => family.id));
}

function isHere(model: PanelModel | undefined): boolean {
  return model !== undefined && model.state !== 'notDownloaded';
}
