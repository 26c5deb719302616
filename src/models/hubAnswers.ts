import { checkAgainstHub, matchesPatterns, withHubFacts, type CatalogModel } from '../catalog';
import { causeText } from '../common/asrError';
import type { Logger } from '../common/logger';
import type { RepoFile } from '../common/repository';
import type { HubClient } from '../hub';

/** The answer of a hub about a repository at a revision. */
export interface HubAnswer {
  readonly commit: string;
  readonly gated: boolean;
  /** As the repository's card states it. */
  readonly licence?: string;
  /** Every file of the commit. */
  readonly files: readonly RepoFile[];
}

/** The dependencies of {@link HubAnswers}. */
export interface HubAnswersDependencies {
  readonly hub: (endpoint?: string) => Pick<HubClient, 'endpoint'>;
  readonly logger: Logger;
}

/** Answers kept at most; the oldest is dropped. A person opens some dozens of models in a session. */
const mostAnswers = 200;

/**
 * Keeps the answers of hubs for as long as the editor runs, and puts their sizes and digests in the place of the
 * catalog's. Sends no request itself.
 */
export class HubAnswers {
  readonly #dependencies: HubAnswersDependencies;
  readonly #answers = new Map<string, HubAnswer>();
  #shown:
    | { readonly models: readonly CatalogModel[]; readonly result: readonly CatalogModel[] }
    | undefined;

  constructor(dependencies: HubAnswersDependencies) {
    this.#dependencies = dependencies;
  }

  /** Keeps an answer; true when it differs from the last one. */
  record(model: CatalogModel, answer: HubAnswer): boolean {
    const key = this.#keyOf(model);
    if (key === undefined) return false;
    const before = this.#answers.get(key);
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > mostAnswers && oldest !== undefined) this.#answers.delete(oldest);
    if (before?.commit === answer.commit && before.gated === answer.gated) return false;
    this.#shown = undefined;
    return true;
  }

  /** The hub's answer about the model's repository and revision; undefined when it was not asked. */
  of(model: CatalogModel): HubAnswer | undefined {
    const key = this.#keyOf(model);
    return key === undefined ? undefined : this.#answers.get(key);
  }

  /** Whether the hub was asked about the model and did not contradict the catalog. */
  agreesWith(model: CatalogModel): boolean {
    const answer = this.of(model);
    return answer !== undefined && this.#answered(model) !== model;
  }

  /** The same models, with the hub's answer where there is one; the same list again while neither has changed. */
  applyTo(models: readonly CatalogModel[]): readonly CatalogModel[] {
    if (this.#answers.size === 0) return models;
    if (this.#shown?.models !== models)
      this.#shown = { models, result: models.map((model) => this.#answered(model)) };
    return this.#shown.result;
  }

  #answered(model: CatalogModel): CatalogModel {
    const answer = this.of(model);
    if (answer === undefined || model.source.kind !== 'hub') return model;
    const { patterns } = model.source;
    if (!answer.files.some(({ path }) => matchesPatterns(path, patterns))) return model;
    try {
      checkAgainstHub(model, answer.commit, answer.files);
    } catch (error) {
      // A download of this model fails with this error; until then the catalog's own facts are shown.
      this.#dependencies.logger.warn(
        `${model.id}: the hub contradicts the catalog: ${causeText(error)}`,
      );
      return model;
    }
    return { ...withHubFacts(model, answer.files), gated: answer.gated };
  }

  #keyOf({ source }: CatalogModel): string | undefined {
    if (source.kind !== 'hub') return undefined;
    const { endpoint } = this.#dependencies.hub(source.endpoint);
    return `${endpoint} ${source.repo} ${source.revision ?? 'main'}`;
  }
}
