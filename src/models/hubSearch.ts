import {
  notAnAddress,
  repoModels,
  type CatalogModel,
  type HubModelId,
  type ModelFormat,
} from '../catalog';
import { Cancelled } from '../common/asrError';
import type { FoundRepository, HubClient, HubSearch, HubSearchPage, StatedKind } from '../hub';
import { defined } from '../protocol/defined';
import { ggufRefusal } from '../runtime';

/** The dependencies of {@link HubSearches}. */
interface HubSearchDependencies {
  /** A client of the configured hub. */
  readonly hub: () => HubClient;
  /** A page of a search of it. */
  readonly searchHub: (
    search: HubSearch,
    next: string | undefined,
    signal: AbortSignal,
  ) => Promise<HubSearchPage>;
  /** The repository that a typed or pasted text names, if any. */
  readonly addressOf: (text: string) => HubModelId | undefined;
  readonly runsHere: (model: CatalogModel) => boolean;
}

/** A repository that a search of the hub found, with what its files are. */
export interface FoundModels extends FoundRepository {
  /** The models that are recognised by the files' names; sizes and digests come with {@link HubSearches.repository}. */
  readonly models: readonly CatalogModel[];
  /** Their formats; empty when none is recognised. */
  readonly formats: readonly ModelFormat[];
  /** One of its models can be loaded here, as far as its files say. */
  readonly runsHere: boolean;
}

/** A page of a search of the hub. */
export interface FoundPage {
  readonly found: readonly FoundModels[];
  /** The cursor of the next page; absent on the last one. */
  readonly next?: string;
}

/** Which models of the hub are wanted, and how many at most. */
export interface FindOptions {
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** A search that matches nothing that can be recognised ends after so many pages. */
const mostPages = 10;

/**
 * The search of the configured hub: one question at a time, each answer remembered for the session. A failed question is
 * asked again the next time.
 */
export class HubSearches {
  readonly #dependencies: HubSearchDependencies;
  readonly #pages = new Map<string, FoundPage>();
  readonly #repositories = new Map<string, readonly CatalogModel[]>();
  /** Settles when the hub has answered what was asked last. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(dependencies: HubSearchDependencies) {
    this.#dependencies = dependencies;
  }

  /** The first page, or the one that `next` of an earlier page names. Rejects as the hub does. */
  async page(search: HubSearch, next: string | undefined, signal: AbortSignal): Promise<FoundPage> {
    const { endpoint } = this.#dependencies.hub();
    const key = JSON.stringify([endpoint, search, next]);
    return await this.#once(this.#pages, key, signal, async () => {
      const { found, ...rest } = await this.#dependencies.searchHub(search, next, signal);
      return { ...rest, found: found.map((repository) => this.#foundModels(repository)) };
    });
  }

  /** The models of as many repositories as are wanted, in the hub's order. Rejects as the hub does. */
  async find(search: HubSearch, { limit, signal }: FindOptions): Promise<readonly CatalogModel[]> {
    const models: CatalogModel[] = [];
    let next: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const { found, next: following } = await this.page(search, next, signal);
      models.push(...found.flatMap((repository) => repository.models));
      if (models.length >= limit || following === undefined) break;
      next = following;
    }
    return models.slice(0, limit);
  }

  /** The models of a repository, from its file list. Rejects as the hub does, and when the text names none. */
  async repository(text: string, signal: AbortSignal): Promise<readonly CatalogModel[]> {
    const id = this.#dependencies.addressOf(text);
    if (id === undefined) throw notAnAddress(text);
    const hub = this.#dependencies.hub();
    const key = JSON.stringify([hub.endpoint, id]);
    return await this.#once(this.#repositories, key, signal, async () => {
      const revision = id.revision ?? 'main';
      const card = await hub.resolveRevision(id.repo, revision, signal);
      const models = repoModels(id, await hub.listFiles(id.repo, card.commit, signal));
      return models.map((model) => withCard(model, { ...card, languages: [] }));
    });
  }

  /** Asks when the hub has answered everything before, unless the answer is known by then. */
  async #once<T>(
    known: Map<string, T>,
    key: string,
    signal: AbortSignal,
    ask: () => Promise<T>,
  ): Promise<T> {
    const before = this.#last;
    const answered = (async () => {
      await before;
      const answer = known.get(key);
      if (answer !== undefined) return answer;
      if (signal.aborted) throw new Cancelled();
      const asked = await ask();
      known.set(key, asked);
      return asked;
    })();
    this.#last = answered.catch(() => undefined);
    return await answered;
  }

  /** The models of a repository, by its file names. */
  #foundModels(repository: FoundRepository): FoundModels {
    const { repo, paths } = repository;
    const files = paths.map((path) => ({ path }));
    const models = repoModels({ repo, patterns: [] }, files)
      .filter(({ format }) => format !== 'unknown')
      .map((model) => withCard(model, repository))
      .filter((model) => !isForeignGguf(model));
    return {
      ...repository,
      models,
      formats: [...new Set(models.map(({ format }) => format))],
      runsHere: models.some(this.#dependencies.runsHere),
    };
  }
}

/** The architecture of the GGUF files that NVIDIA makes for a program of its own (docs/model-formats.md section 9). */
const nemoArchitecture = 'asr';

/** A GGUF file of a kind that no program known here transcribes with, such as a language model. */
function isForeignGguf({ name, format, architecture }: CatalogModel): boolean {
  if (format !== 'gguf-transcribe-cpp' || architecture === undefined) return false;
  return ggufRefusal(name, architecture) !== undefined;
}

/** A model of a repository with what the repository's card and the hub say. */
function withCard(
  model: CatalogModel,
  card: StatedKind & {
    readonly licence?: string;
    readonly gated: boolean;
    readonly languages: readonly string[];
  },
): CatalogModel {
  const { licence, gated, languages, ggufArchitecture, modelType } = card;
  const isGguf = model.format === 'gguf-transcribe-cpp';
  return {
    ...model,
    gated,
    ...(isGguf && ggufArchitecture === nemoArchitecture ? { format: 'gguf-nemo-speech-cpp' } : {}),
    // Where a repository has both, each speaks of its own files.
    ...defined({ architecture: isGguf ? ggufArchitecture : modelType }),
    ...(languages.length === 0 ? {} : { languages }),
    ...(licence === undefined ? {} : { licence: { ...model.licence, id: licence } }),
  };
}
