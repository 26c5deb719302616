import type { CatalogModel } from '../../models';

/** The part of the manager that is used. */
interface SizesManager {
  catalogModels(): Promise<readonly CatalogModel[]>;
  readonly advice: {
    askUnknownSizes(models: Iterable<CatalogModel>, signal: AbortSignal): Promise<number>;
  };
}

/**
 * The sizes that only the hub can state, for the rows that a person has in sight. One model is asked about at a time and
 * once in the life of a page; scrolling on replaces those that wait. When the hub can't be reached, nothing more is asked
 * until other rows come into sight.
 */
export class PanelSizes {
  #waiting: string[] = [];
  #asked = new Set<string>();
  #abort: AbortController | undefined;

  /** Asks for these models, in the place of those that wait. Resolves when nothing waits any more. */
  async ask(manager: SizesManager, modelIds: readonly string[]): Promise<void> {
    this.#waiting = [...modelIds];
    if (this.#abort !== undefined) return;
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const models = await manager.catalogModels();
      await manager.advice.askUnknownSizes(this.#next(models), abort.signal);
    } finally {
      if (this.#abort === abort) {
        this.#abort = undefined;
        this.#waiting = [];
      }
    }
  }

  /** Ends what is being asked: the page is gone, and the next one may ask again. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#waiting = [];
    this.#asked = new Set();
  }

  /** The waiting models, each taken only when the question before has been answered. */
  *#next(models: readonly CatalogModel[]): Iterable<CatalogModel> {
    for (;;) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      const model = models.find((each) => each.id === id);
      if (model === undefined || this.#asked.has(id)) continue;
      this.#asked.add(id);
      yield model;
    }
  }
}
