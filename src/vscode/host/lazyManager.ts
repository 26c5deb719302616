import { setTimeout } from 'node:timers/promises';
import type { Disposable } from '../../common/disposable';
import { Emitter } from '../../common/event';
import type { ModelDownloadProgress } from '../../protocol/downloadProgress';
import type { ModelManager } from '../../models';

/**
 * The manager behind a door: its code (catalog, hub, store, engine) is loaded when somebody first needs it, so that
 * activation stays small. Events can be subscribed to before that.
 */
export class LazyManager implements Disposable {
  readonly #load: () => Promise<ModelManager>;
  readonly #onDidChangeDownload = new Emitter<ModelDownloadProgress>();
  readonly #onDidChangeModels = new Emitter<undefined>();
  readonly #onDidAbandon = new Emitter<ModelDownloadProgress>();
  #loading: Promise<ModelManager> | undefined;
  #loaded: ModelManager | undefined;

  readonly onDidChangeDownload = this.#onDidChangeDownload.event;
  readonly onDidChangeModels = this.#onDidChangeModels.event;
  readonly onDidAbandon = this.#onDidAbandon.event;

  constructor(load: () => Promise<ModelManager>) {
    this.#load = load;
  }

  /** The manager, loaded on the first call. */
  get(): Promise<ModelManager> {
    if (this.#loading !== undefined) return this.#loading;
    const loading = this.#loadSoon().then((manager) => {
      this.#loaded = manager;
      manager.onDidChangeDownload((record) => this.#onDidChangeDownload.fire(record));
      manager.onDidChangeModels(() => this.#onDidChangeModels.fire(undefined));
      manager.onDidAbandon((record) => this.#onDidAbandon.fire(record));
      return manager;
    });
    this.#loading = loading;
    // A failure to load is told to whoever asked; the next one tries again.
    loading.catch(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    return loading;
  }

  async #loadSoon(): Promise<ModelManager> {
    // Loading the code holds this process for a moment: what a command has shown must leave it before.
    await setTimeout();
    return await this.#load();
  }

  /** The cache lies elsewhere now: running downloads keep what they have, and a new manager looks at the new place. */
  async restart(): Promise<void> {
    const old = this.#loaded;
    this.#loading = undefined;
    this.#loaded = undefined;
    await old?.shutDown();
    this.#onDidChangeModels.fire(undefined);
  }

  /** The manager if somebody has needed it already. */
  get loaded(): ModelManager | undefined {
    return this.#loaded;
  }

  dispose(): void {
    this.#onDidChangeDownload.dispose();
    this.#onDidChangeModels.dispose();
    this.#onDidAbandon.dispose();
    this.#loaded?.dispose();
  }
}
