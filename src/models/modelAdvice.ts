import {
  checkAgainstHub,
  formatHubModelId,
  languageKey,
  machineFit,
  modelGroups,
  modelSearch,
  modelsForLanguage,
  ratedIn,
  parseModelAddress,
  recommend,
  safeCopies,
  safeFirst,
  spokenLanguages,
  type Catalog,
  type CatalogModel,
  type HubModelId,
  type ModelGroup,
  type Machine,
  type Recommendation,
} from '../catalog';
import { AsrError, isCancellation, toAsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type { HubClient, HubSearch, HubSearchPage } from '../hub';
import { defined } from '../protocol/defined';
import type { MachineFit } from '../protocol/panelSnapshot';
import type { HubAnswer } from './hubAnswers';
import { HubSearches, type FindOptions, type FoundPage } from './hubSearch';
import type { Inventory } from './inventory';
import type { EngineName, Runtime } from '../runtime';
import { loadRefusal } from './loadRefusal';
import { unknownModel } from './modelRecord';
import type { Measurements } from './modelSpeech';

/** How the catalog's loaders name the engines of the runtime. */
const loadersOf: Readonly<Record<EngineName, readonly string[]>> = {
  'sherpa-onnx': ['sherpa-onnx-node', 'sherpa-onnx'],
  'whisper.cpp': ['@fugood/whisper.node'],
  'transcribe.cpp': ['transcribe-cpp'],
};

const engineNames: readonly EngineName[] = ['sherpa-onnx', 'whisper.cpp', 'transcribe.cpp'];

/** The dependencies of {@link ModelAdvice}. */
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
  /** How fast models were on this machine. */
  readonly measurements?: Measurements;
}

/** Helps a person to choose: search, what fits this machine, one recommendation, and what any repository offers. */
export class ModelAdvice {
  readonly #dependencies: AdviceDependencies;
  readonly #inventory: Inventory;
  readonly #searches: HubSearches;

  constructor(dependencies: AdviceDependencies, inventory: Inventory) {
    this.#dependencies = dependencies;
    this.#inventory = inventory;
    this.#searches = new HubSearches({
      hub: () => dependencies.hub(),
      searchHub: dependencies.searchHub,
      addressOf: (text) => this.address(text),
      runsHere: (model) => this.runsHere(model),
    });
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
    const { licence } = known;
    const said = this.#inventory.answers.of(known)?.licence;
    if (licence.id !== 'NOASSERTION' || said === undefined) return known;
    return { ...known, licence: { ...licence, id: said } };
  }

  /**
   * Asks the hub for the sizes that neither a catalog nor the hub has stated, one model after the other, and gives up at
   * the first that can't be answered: the others would not be either. Resolves with how many were answered.
   */
  async askUnknownSizes(models: Iterable<CatalogModel>, signal: AbortSignal): Promise<number> {
    let answered = 0;
    for (const model of models) {
      const { id, sizeBytes, source, unavailable } = model;
      if (sizeBytes !== undefined || source.kind !== 'hub' || unavailable !== undefined) continue;
      // Variants share repositories: one answer states the sizes of all of them.
      if (this.#inventory.answers.of(model) !== undefined) continue;
      if (signal.aborted) break;
      try {
        await this.askHub(id, signal);
        answered += 1;
      } catch (error) {
        if (isCancellation(error)) break;
        const { code } = toAsrError(error);
        // The refusal of one repository says nothing of another one.
        if (code !== 'notFound' && code !== 'gated' && code !== 'integrity') break;
      }
    }
    return answered;
  }

  /** Whether a hub was asked about a model in this session, and agreed with what is shown of it. */
  isFromHub(model: CatalogModel): boolean {
    return this.#inventory.answers.agreesWith(model);
  }

  /** Whether this machine has the memory for a model; undefined when its need is not known. */
  fitOf(model: CatalogModel): MachineFit | undefined {
    return machineFit(model, this.#dependencies.machine());
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

  /**
   * The models on offer, each with its variants: those that run here first, the best for this machine at their head.
   * `realTimeFactor` tells how fast a variant was here.
   */
  groups(
    models: readonly CatalogModel[],
    realTimeFactor: (model: CatalogModel) => number | undefined = () => undefined,
  ): readonly ModelGroup[] {
    const fitOf = (model: CatalogModel): MachineFit | undefined => this.fitOf(model);
    const runsHere = (model: CatalogModel): boolean => this.runsHere(model);
    return modelGroups(models, { runsHere, fitOf, realTimeFactor });
  }

  /** Whether a model can be had and loaded here, as far as is known before it is downloaded. */
  runsHere(model: CatalogModel): boolean {
    const { runtime } = this.#dependencies;
    const refusal = loadRefusal(model, (engine) => runtime.engineRefusal(engine));
    return model.unavailable === undefined && refusal === undefined;
  }

  /** Resolves when it is known which engines work here, on which {@link groups} and {@link runsHere} depend. */
  async ready(): Promise<void> {
    await this.#dependencies.runtime.engines();
  }

  /** The engines that are known not to work here: while this stays the same, so do {@link groups}. */
  get refusedEngines(): string {
    const { runtime } = this.#dependencies;
    return engineNames.filter((name) => runtime.engineRefusal(name) !== undefined).join(' ');
  }

  /** The recommended first model for a person whose editor is set to `locale` ("de", "pt-br"). */
  async firstChoice(locale: string): Promise<Recommendation | undefined> {
    const key = languageKey(locale);
    const names = new Intl.DisplayNames([locale, 'en'], { type: 'language', fallback: 'code' });
    const engines = await this.#dependencies.runtime.engines();
    const downloaded = new Map(
      (await this.#inventory.records()).map((record) => [record.model.id, record.downloaded]),
    );
    return recommend(await this.#dependencies.catalog.models(), {
      realTimeFactor: ({ id }) => {
        const here = downloaded.get(id);
        return here && this.#dependencies.measurements?.get(id, here.revision)?.realTimeFactor;
      },
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

  /** The models for a language, best first by published error rate where there is one. */
  forLanguage(models: readonly CatalogModel[], language: string): readonly CatalogModel[] {
    return modelsForLanguage(models, language);
  }

  /** Tells whether the published error rate of a model is one of a language: most are of English. */
  ratedIn(language: string): (model: CatalogModel) => boolean {
    const isOwn = ratedIn(language);
    return ({ accuracy }) => isOwn(accuracy);
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

  /** The repository that a typed or pasted text names, if any. */
  address(text: string): HubModelId | undefined {
    return parseModelAddress(text, this.#dependencies.hub().endpoint);
  }

  /**
   * A page of the speech models that the hub has beyond the catalogs: the first, or the one that `next` of an earlier
   * page names. One question at a time, remembered for the session. Rejects as the hub does.
   */
  searchHub(search: HubSearch, next: string | undefined, signal: AbortSignal): Promise<FoundPage> {
    return this.#searches.page(search, next, signal);
  }

  /**
   * The models that a search of the hub finds, recognised by the names of their files and as many as are wanted. Each can
   * be downloaded by its id. Rejects as the hub does.
   */
  findOnHub(search: HubSearch, options: FindOptions): Promise<readonly CatalogModel[]> {
    return this.#searches.find(search, options);
  }

  /** The models of a repository, from its file list. Rejects as the hub does, and when the text names none. */
  repository(text: string, signal: AbortSignal): Promise<readonly CatalogModel[]> {
    return this.#searches.repository(text, signal);
  }

  async #ask(
    source: Extract<CatalogModel['source'], { kind: 'hub' }>,
    signal: AbortSignal,
  ): Promise<HubAnswer> {
    const hub = this.#dependencies.hub(source.endpoint);
    const revision = source.revision ?? 'main';
    const { repo, commit, gated, licence } = await hub.resolveRevision(
      source.repo,
      revision,
      signal,
    );
    const files = await hub.listFiles(repo, commit, signal);
    return { commit, gated, files, ...defined({ licence }) };
  }
}
