import type { CatalogModel, FoundModels, ModelManager } from '../../models';
import { isCancellation } from '../../common/asrError';
import { defined } from '../../protocol/defined';
import type { PanelFamily, PanelHubResults, PanelHubSearch } from '../../protocol/panelSnapshot';
import { buildPanelCatalog } from './panelCatalog';

/** The dependencies of the texts of a found repository. */
interface HubSearchTexts {
  readonly factsOf: (found: FoundModels) => string;
  readonly errorText: (error: unknown) => string;
}

/** One repository that was found, with sizes as soon as the hub has stated them. */
interface Repository {
  readonly found: FoundModels;
  models: readonly CatalogModel[];
  isSized: boolean;
}

/**
 * The search of the hub for one page of the panel: what is found is pushed at once, its sizes follow one repository after
 * the other. A new search ends the one before.
 */
export class PanelHubSearches {
  readonly #texts: HubSearchTexts;
  #abort = new AbortController();
  #search: PanelHubSearch | undefined;
  #repositories: Repository[] = [];
  #next: string | undefined;

  constructor(texts: HubSearchTexts) {
    this.#texts = texts;
  }

  /** A model that was found, with everything that is known of it. */
  find(modelId: string): CatalogModel | undefined {
    return this.#repositories.flatMap(({ models }) => models).find(({ id }) => id === modelId);
  }

  /** Searches, or asks for the next page of the same search. Never rejects: a failure is pushed as any other result. */
  async run(
    manager: ModelManager,
    search: PanelHubSearch,
    more: boolean,
    push: (results: PanelHubResults) => void,
  ): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const { signal } = abort;
    const isSame = JSON.stringify(search) === JSON.stringify(this.#search);
    if (!isSame || !more) {
      this.#repositories = [];
      this.#next = undefined;
    }
    this.#search = search;
    const tell = (state: PanelHubResults['state'], message?: string): void => {
      if (signal.aborted) return;
      push({ search, state, ...this.#shown(manager), ...defined({ message }) });
    };
    tell('searching');
    try {
      const { found, next } = await manager.advice.searchHub(search, this.#next, signal);
      if (signal.aborted) return;
      this.#next = next;
      for (const each of found) {
        this.#repositories.push({ found: each, models: each.models, isSized: false });
      }
      tell('found');
      await this.#askSizes(manager, signal, () => tell('found'));
    } catch (error) {
      if (!isCancellation(error)) tell('failed', this.#texts.errorText(error));
    }
  }

  /** Ends what is still being asked for. */
  stop(): void {
    this.#abort.abort();
  }

  /** Stops at the first answer that fails: sizes stay unknown, and nothing else is missing. */
  async #askSizes(manager: ModelManager, signal: AbortSignal, tell: () => void): Promise<void> {
    for (const repository of this.#repositories) {
      if (repository.isSized || repository.models.length === 0) continue;
      if (signal.aborted) return;
      try {
        const sized = await manager.advice.repository(repository.found.repo, signal);
        const bySize = new Map(sized.map((model) => [model.id, model]));
        repository.models = repository.models.map((model) => {
          const { files, sizeBytes } = bySize.get(model.id) ?? model;
          return { ...model, files, ...defined({ sizeBytes }) };
        });
        repository.isSized = true;
        tell();
      } catch {
        return;
      }
    }
  }

  #shown(manager: ModelManager): Pick<PanelHubResults, 'families' | 'leftOut' | 'hasMore'> {
    const known = this.#repositories.filter(({ models }) => models.length > 0);
    const groups = manager.advice.groups(known.flatMap(({ models }) => models));
    const { families } = buildPanelCatalog(groups, {
      fitOf: (model) => manager.advice.fitOf(model),
    });
    const facts = new Map(known.map(({ found }) => [found.repo, this.#texts.factsOf(found)]));
    return {
      families: families.map((family): PanelFamily => ({
        ...family,
        ...defined({ facts: facts.get(family.name) }),
      })),
      leftOut: this.#repositories.length - known.length,
      hasMore: this.#next !== undefined,
    };
  }
}
