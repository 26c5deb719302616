import * as vscode from 'vscode';
import type { CatalogModel, FoundModels, HubSearch, ModelManager } from '../../models';
import { acknowledged } from '../ui/acknowledge';
import { foundFacts } from '../ui/foundFacts';
import { localBytes } from '../ui/localise';
import { askStep } from './askStep';
import { pickFromRepository } from './pickerSteps';

type Order = NonNullable<HubSearch['order']>;

interface FoundItem extends vscode.QuickPickItem {
  readonly repo?: string;
  readonly more?: true;
  readonly order?: Order;
}

/**
 * Searches the hub for speech models that no catalog lists, page by page, the most downloaded or the newest first; the
 * person takes one of the repositories, and a model of it. Sizes follow while the list stands, one repository after the
 * other. Resolves with an `hf:` id; rejects with the hub's error.
 */
export async function pickFromHub(
  manager: ModelManager,
  text: string,
): Promise<string | undefined> {
  const { l10n } = vscode;
  const never = new AbortController().signal;
  let order = 'mostDownloaded' as Order;
  let found: FoundModels[] = [];
  for (let next: string | undefined; ;) {
    const search = { text, order };
    const page = await acknowledged(l10n.t('Searching the hub…'), () =>
      manager.advice.searchHub(search, next, never),
    );
    found.push(...page.found);
    const sized = new Map<string, readonly CatalogModel[]>();
    const items = (): readonly FoundItem[] => [
      ...found.map((each) => foundRow(manager, each, sized.get(each.repo))),
      ...(page.next === undefined ? [] : [moreItem()]),
      ...(found.length === 0 ? [] : [orderItem(order)]),
    ];
    const chosen: FoundItem | 'back' | undefined = await askStep<FoundItem>({
      title: l10n.t('Search the Hub · {0}', text),
      placeholder:
        found.length === 0
          ? l10n.t('No speech model of the hub matches. Go back and change the words.')
          : order === 'newest'
            ? l10n.t('Speech models of the hub, the newest first')
            : l10n.t('Speech models of the hub, the most downloaded first'),
      items: items(),
      meanwhile: (show, closed) =>
        askSizes(manager, found, closed, (repo, models) => {
          sized.set(repo, models);
          show(items());
        }),
    });
    if (chosen === undefined || chosen === 'back') return chosen;
    if (chosen.repo !== undefined) return await pickFromRepository(manager, chosen.repo);
    next = page.next;
    if (chosen.order === undefined) continue;
    order = chosen.order;
    found = [];
    next = undefined;
  }
}

/** Stops at the first answer that fails: a size stays unknown, and nothing else is missing. */
async function askSizes(
  manager: ModelManager,
  found: readonly FoundModels[],
  closed: AbortSignal,
  tell: (repo: string, models: readonly CatalogModel[]) => void,
): Promise<void> {
  for (const { repo, formats } of found) {
    if (formats.length === 0) continue;
    if (closed.aborted) return;
    try {
      tell(repo, await manager.advice.repository(repo, closed));
    } catch {
      return;
    }
  }
}

/** A repository with its size: of what runs here, else of the first; the smallest where there are several. */
function foundRow(
  manager: ModelManager,
  found: FoundModels,
  models: readonly CatalogModel[] = [],
): FoundItem {
  const { l10n } = vscode;
  const { repo, formats, runsHere } = found;
  const fitting = models.filter((model) => manager.advice.runsHere(model));
  const sizes = (fitting.length > 0 ? fitting : models).flatMap(({ sizeBytes }) => sizeBytes ?? []);
  const place = runsHere ? l10n.t('runs on this machine') : l10n.t('for other programs');
  return {
    label: repo,
    description: [
      ...(sizes.length === 0
        ? []
        : sizes.length === 1
          ? [localBytes(sizes[0] ?? 0)]
          : [l10n.t('from {0}', localBytes(Math.min(...sizes)))]),
      ...(formats.length === 0 ? [l10n.t('no known format')] : [place]),
    ].join(' · '),
    detail: [...formats, ...foundFacts(found)].join(' · '),
    repo,
  };
}

function moreItem(): FoundItem {
  return { label: vscode.l10n.t('$(arrow-down) More results…'), alwaysShow: true, more: true };
}

function orderItem(order: Order): FoundItem {
  return order === 'newest'
    ? {
        label: vscode.l10n.t('$(flame) Most downloaded first'),
        alwaysShow: true,
        order: 'mostDownloaded',
      }
    : { label: vscode.l10n.t('$(history) Newest first'), alwaysShow: true, order: 'newest' };
}
