import type { Sentence } from '../base/sentence';
import {
  languageKey,
  machineFit,
  modelSearch,
  notAnAddress,
  parseModelAddress,
  recommend,
  repoModels,
  safeFirst,
  type Catalog,
  type CatalogModel,
  type HubModelId,
  type Machine,
  type MachineFit,
} from '../catalog';
import type { HubClient } from '../hub';

/** What the runtimes here can load, as the catalog's loaders begin. */
const loadersHere = ['sherpa-onnx-node', 'sherpa-onnx', '@fugood/whisper.node'];

/** What advice needs to know. */
export interface AdvicePorts {
  readonly catalog: Catalog;
  /** A client for an endpoint; the configured one when it is absent. */
  readonly hub: (endpoint?: string) => HubClient;
  readonly machine: () => Machine;
}

/** One first choice, with its reason. */
export interface FirstChoice {
  readonly model: CatalogModel;
  readonly reason: Sentence;
}

/** Helps a person to choose: search, what fits this machine, one recommendation, and what any repository offers. */
export class ModelAdvice {
  readonly #ports: AdvicePorts;

  constructor(ports: AdvicePorts) {
    this.#ports = ports;
  }

  /** Whether this machine has the memory for a model; undefined when nobody knows what it needs. */
  fitOf(model: CatalogModel): Exclude<MachineFit, 'unknown'> | undefined {
    const fit = machineFit(model, this.#ports.machine());
    return fit === 'unknown' ? undefined : fit;
  }

  /** The model to begin with for somebody whose editor speaks `locale` ("de", "pt-br"). */
  async firstChoice(locale: string): Promise<FirstChoice | undefined> {
    const key = languageKey(locale);
    const names = new Intl.DisplayNames([locale, 'en'], { type: 'language', fallback: 'code' });
    const { first } = recommend(await this.#ports.catalog.models(), {
      machine: this.#ports.machine(),
      languages: key === 'en' ? ['en'] : [key, 'en'],
      loaders: loadersHere,
      languageName: (code) => names.of(code) ?? code,
    });
    return first;
  }

  /** Models that a query finds, best first, by name, family, format, or language in the person's words. */
  search(models: readonly CatalogModel[], query: string, locale: string): readonly CatalogModel[] {
    return modelSearch(models, [locale])(query);
  }

  /** The same models, each that can run code behind the safe copy of itself. */
  safeFirst(models: readonly CatalogModel[]): readonly CatalogModel[] {
    return safeFirst(models);
  }

  /** What a person typed or pasted, if it names a repository. */
  address(text: string): HubModelId | undefined {
    return parseModelAddress(text, this.#ports.hub().endpoint);
  }

  /** What a repository offers, from its file list. Rejects as the hub does, and when the text names none. */
  async repository(text: string, signal: AbortSignal): Promise<readonly CatalogModel[]> {
    const id = this.address(text);
    if (id === undefined) throw notAnAddress(text);
    const hub = this.#ports.hub();
    const { commit, licence } = await hub.resolveRevision(id.repo, id.revision ?? 'main', signal);
    const models = repoModels(id, await hub.listFiles(id.repo, commit, signal));
    if (licence === undefined) return models;
    return models.map((model) => ({ ...model, licence: { ...model.licence, id: licence } }));
  }
}
