import {
  checkAgainstHub,
  formatHubModelId,
  languageKey,
  machineFit,
  modelSearch,
  modelsForLanguage,
  notAnAddress,
  parseModelAddress,
  recommend,
  repoModels,
  safeCopies,
  safeFirst,
  spokenLanguages,
  type Catalog,
  type CatalogModel,
  type HubModelId,
  type ModelFormat,
  type Machine,
  type Recommendation,
} from '../catalog';
import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type { FoundRepository, HubClient, HubSearch, HubSearchPage } from '../hub';
import type { MachineFit } from '../protocol/panelSnapshot';
import type { HubAnswer } from './hubAnswers';
import type { Inventory } from './inventory';
import type { EngineName, Runtime } from '../runtime';
import { loadRefusal } from './loadRefusal';
import { unknownModel } from './modelRecord';

/** How the catalog's loaders name the engines of the runtime. */
const loadersOf: Readonly<Record<EngineName, readonly string[]>> = {
  'sherpa-onnx': ['sherpa-onnx-node', 'sherpa-onnx'],
  'whisper.cpp': ['@fugood/whisper.node'],
  'transcribe.cpp': ['transcribe-cpp'],
};

/** What {@link ModelAdvice} needs. */
export interface AdviceDependencies {
  readonly catalog: Catalog;
  /** A client for an endpoint; the configured one when it is absent. */
  readonly hub: (endpoint?: string) => HubClient;
  /** A page of a search of the configured hub. */
  readonly searchHub: (
    search: HubSearch,
    next: string | undefined,
    signal: AbortSignal,
  ) => Promise<HubSearchPage>;
  readonly machine: () => Machine;
  readonly runtime: Runtime;
}

/** Models that a search gives when no number is asked for. */
const usualLimit = 20;

/** A repository that a search of the hub found, with what its files are. */
export interface FoundModels extends FoundRepository {
  /** Formats that are recognised by the files' names; empty when none is. */
  readonly formats: readonly ModelFormat[];
  /** One of its models can be loaded here, as far as its files say. */
  readonly runsHere: boolean;
}

/** A page of a search of the hub. */
export interface FoundPage {
  readonly found: readonly FoundModels[];
  /** What the next page is asked for with; absent on the last one. */
  readonly next?: string;
}

/** Helps a person to choose: search, what fits this machine, one recommendation, and what any repository offers. */
export class ModelAdvice {
  readonly #dependencies: AdviceDependencies;
  readonly #inventory: Inventory;
  /** The pages of this session, by their search. */
  readonly #pages = new Map<string, FoundPage>();

  constructor(dependencies: AdviceDependencies, inventory: Inventory) {
    this.#dependencies = dependencies;
    this.#inventory = inventory;
  }

  /**
   * Asks the hub for the size and the digests of a model on offer, once in a session for each repository; from then on
   * they are shown in place of the catalog's. Rejects as the hub does, with `integrity` when the pinned revision is not
   * what the catalog knows, with `notFound` when a file is gone. Nothing is asked for a model of plain files.
   */
  async askHub(modelId: string, signal: AbortSignal): Promise<void> {
    const model = await this.#dependencies.catalog.find(modelId);
    if (model === undefined || model.unavailable !== undefined) return;
    const { source } = model;
    if (source.kind !== 'hub') return;
    const known = this.#inventory.answers.of(model);
    const answer = known ?? (await this.#ask(source, signal));
    checkAgainstHub(model, answer.commit, answer.files);
    if (known === undefined) this.#inventory.recordAnswer(model, answer);
  }

  /**
   * A model on offer with what the hub says of its files' sizes, and of its licence where no catalog states one. Rejects as
   * {@link askHub}, and with `notFound` for an id that nothing has.
   */
  async described(modelId: string, signal: AbortSignal): Promise<CatalogModel> {
    await this.askHub(modelId, signal);
    const model = await this.#dependencies.catalog.find(modelId);
    const [known] = this.#inventory.answers.applyTo(model === undefined ? [] : [model]);
    if (known === undefined) throw unknownModel(modelId);
    const { source, licence } = known;
    if (source.kind !== 'hub' || licence.id !== 'NOASSERTION') return known;
    const hub = this.#dependencies.hub(source.endpoint);
    const said = await hub.resolveRevision(source.repo, source.revision ?? 'main', signal);
    return said.licence === undefined
      ? known
      : { ...known, licence: { ...licence, id: said.licence } };
  }

  /** Whether a hub was asked about a model in this session, and agreed with what is shown of it. */
  isFromHub(model: CatalogModel): boolean {
    return this.#inventory.answers.agreesWith(model);
  }

  /** Whether this machine has the memory for a model; undefined when its need is not known. */
  fitOf(model: CatalogModel): MachineFit | undefined {
    return machineFit(model, this.#dependencies.machine());
  }

  /** Settles when it is known which engines can be loaded here, so that what is said of a model's loading is complete. */
  async enginesKnown(): Promise<void> {
    await this.#dependencies.runtime.engines();
  }

  /**
   * The id of a model on offer at another revision (branch, tag or commit) of its repository. Rejects with `unsupported`
   * for a model that has none.
   */
  async idAt(modelId: string, revision: string): Promise<string> {
    const model = await this.#dependencies.catalog.find(modelId);
    const { source } = model ?? {};
    if (source?.kind === 'hub') {
      return formatHubModelId({ repo: source.repo, revision, patterns: source.patterns });
    }
    throw new AsrError(
      'unsupported',
      localized('{0} has no other revision: it does not come from a repository.', modelId),
    );
  }

  /** The recommended first model for a person whose editor is set to `locale` ("de", "pt-br"). */
  async firstChoice(locale: string): Promise<Recommendation | undefined> {
    const key = languageKey(locale);
    const names = new Intl.DisplayNames([locale, 'en'], { type: 'language', fallback: 'code' });
    const engines = await this.#dependencies.runtime.engines();
    return recommend(await this.#dependencies.catalog.models(), {
      machine: this.#dependencies.machine(),
      languages: key === 'en' ? ['en'] : [key, 'en'],
      loaders: [...engines].flatMap((engine) => loadersOf[engine]),
      languageName: (code) => names.of(code) ?? code,
    });
  }

  /** A search that finds models, best first, by name, family, format, or language in the person's words. */
  search(
    models: readonly CatalogModel[],
    locale: string,
  ): (query: string) => readonly CatalogModel[] {
    return modelSearch(models, [locale]);
  }

  /** Every language that some model on offer speaks, with how many do; the most spoken first. */
  languages(
    models: readonly CatalogModel[],
  ): readonly { readonly language: string; readonly models: number }[] {
    return spokenLanguages(models);
  }

  /** One code for a language that catalogs write in several ways. */
  languageKey(code: string): string {
    return languageKey(code);
  }

  /** What speaks a language, best first by published error rate where there is one. */
  forLanguage(models: readonly CatalogModel[], language: string): readonly CatalogModel[] {
    return modelsForLanguage(models, language);
  }

  /**
   * The same model in formats that can't run code when they are loaded, for one that can: what loads here first, then
   * the smaller. Empty for a model that can't run code.
   */
  safeCopies(model: CatalogModel, models: readonly CatalogModel[]): readonly CatalogModel[] {
    if (!model.runsCode) return [];
    const copies = safeCopies(model, models);
    const loads = copies.filter((copy) => loadRefusal(copy) === undefined);
    return [...loads, ...copies.filter((copy) => !loads.includes(copy))];
  }

  /** The same models, each that can run code behind the safe copy of itself. */
  safeFirst(models: readonly CatalogModel[]): readonly CatalogModel[] {
    return safeFirst(models);
  }

  /** What a person typed or pasted, if it names a repository. */
  address(text: string): HubModelId | undefined {
    return parseModelAddress(text, this.#dependencies.hub().endpoint);
  }

  /**
   * A page of the speech models that the hub has beyond the catalogs: the first, or the one that `next` of an earlier
   * page names. Remembered for the session. Rejects as the hub does.
   */
  async searchHub(
    search: HubSearch,
    next: string | undefined,
    signal: AbortSignal,
  ): Promise<FoundPage> {
    const { endpoint } = this.#dependencies.hub();
    const key = JSON.stringify([endpoint, search, next]);
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const { found, ...rest } = await this.#dependencies.searchHub(search, next, signal);
    const page = { ...rest, found: found.map(foundModels) };
    this.#pages.set(key, page);
    return page;
  }

  /**
   * The speech models of the hub that a search finds, each variant that its files' names tell as a model of its own; sizes
   * are not known. At most `limit`. Rejects as the hub does.
   */
  async searchModels(
    text: string,
    limit: number | undefined,
    signal: AbortSignal,
  ): Promise<readonly CatalogModel[]> {
    const most = limit ?? usualLimit;
    const models: CatalogModel[] = [];
    let next: string | undefined;
    do {
      const page = await this.#dependencies.searchHub({ text }, next, signal);
      models.push(...page.found.flatMap(modelsIn));
      next = page.next;
    } while (models.length < most && next !== undefined);
    return models.slice(0, most);
  }

  /** What a repository offers, from its file list. Rejects as the hub does, and when the text names none. */
  async repository(text: string, signal: AbortSignal): Promise<readonly CatalogModel[]> {
    const id = this.address(text);
    if (id === undefined) throw notAnAddress(text);
    const hub = this.#dependencies.hub();
    const { commit, licence } = await hub.resolveRevision(id.repo, id.revision ?? 'main', signal);
    const models = repoModels(id, await hub.listFiles(id.repo, commit, signal));
    if (licence === undefined) return models;
    return models.map((model) => ({ ...model, licence: { ...model.licence, id: licence } }));
  }

  async #ask(
    source: Extract<CatalogModel['source'], { kind: 'hub' }>,
    signal: AbortSignal,
  ): Promise<HubAnswer> {
    const hub = this.#dependencies.hub(source.endpoint);
    const revision = source.revision ?? 'main';
    const { repo, commit, gated } = await hub.resolveRevision(source.repo, revision, signal);
    return { commit, gated, files: await hub.listFiles(repo, commit, signal) };
  }
}

/** The models of a repository that a search found; the repository as it is when no variant is recognised. */
function modelsIn({ repo, paths, licence, gated }: FoundRepository): readonly CatalogModel[] {
  const id = { repo, patterns: [] };
  const variants = repoModels(
    id,
    paths.map((path) => ({ path })),
  );
  return variants.map((model) => ({
    ...model,
    gated,
    ...(licence === undefined ? {} : { licence: { ...model.licence, id: licence } }),
  }));
}

/** What the files of a repository are, by their names. */
function foundModels(repository: FoundRepository): FoundModels {
  const files = repository.paths.map((path) => ({ path }));
  const models = repoModels({ repo: repository.repo, patterns: [] }, files).filter(
    ({ format }) => format !== 'unknown',
  );
  return {
    ...repository,
    formats: [...new Set(models.map(({ format }) => format))],
    runsHere: models.some((model) => loadRefusal(model) === undefined),
  };
}
