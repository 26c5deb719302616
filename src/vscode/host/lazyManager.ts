import { setTimeout } from 'node:timers/promises';
import type { Disposable } from '../../common/disposable';
import { Emitter } from '../../common/event';
import type { ModelDownloadProgress } from '../../protocol/downloadProgress';
import type { ModelManager } from '../../models';

/**
 * host: what the editor provides, and what of it the core needs: settings, secrets (tokens.ts), mementos, the log,
 * terminals, other windows, and this file, which makes the core available without loading it.
 *
 *   activate -> new LazyManager(load) -- events can be subscribed to at once
 *                      |
 *   first get() -> load(): the core's bundle, a ModelManager -> its events are fired here from now on
 *                      |
 *   restart() -> the cache's folder has changed: shut down; the next get() builds another manager
 *
 * settings.ts   every setting and environment variable, read and checked; the only file that knows their keys
 * mementos.ts   everything that is stored in the editor's memento, and its keys
 *
 * Nothing here shows models or runs actions; views, panel and commands do, with what these files give them.
 */

/** The manager, whose code (catalog, hub, cache, engine) is loaded on first use, so that activation stays small. */
export class LazyManager implements Disposable {
  readonly #load: () => Promise<ModelManager>;
  readonly #onDidChangeDownload = new Emitter<ModelDownloadProgress>();
  readonly #onDidChangeModels = new Emitter<undefined>();
  readonly #onDidAbandon = new Emitter<ModelDownloadProgress>();
  readonly #onDidChangeLine = new Emitter<boolean>();
  #loading: Promise<ModelManager> | undefined;
  #loaded: ModelManager | undefined;

  readonly onDidChangeDownload = this.#onDidChangeDownload.event;
  readonly onDidChangeModels = this.#onDidChangeModels.event;
  readonly onDidAbandon = this.#onDidAbandon.event;
  readonly onDidChangeLine = this.#onDidChangeLine.event;

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
      manager.onDidChangeLine((isDown) => this.#onDidChangeLine.fire(isDown));
      return manager;
    });
    this.#loading = loading;
    // The caller gets the failure; the next call tries again.
    loading.catch(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    return loading;
  }

  async #loadSoon(): Promise<ModelManager> {
    // Loading the code blocks this process for a moment: what a command has shown must be sent to the editor before.
    await setTimeout();
    return await this.#load();
  }

  /** The cache has another folder: running downloads keep their partial files, and the next manager uses that folder. */
  async restart(): Promise<void> {
    const old = this.#loaded;
    this.#loading = undefined;
    this.#loaded = undefined;
    await old?.shutDown();
    this.#onDidChangeModels.fire(undefined);
  }

  /** The manager, if it is loaded already. */
  get loaded(): ModelManager | undefined {
    return this.#loaded;
  }

  dispose(): void {
    this.#onDidChangeDownload.dispose();
    this.#onDidChangeModels.dispose();
    this.#onDidAbandon.dispose();
    this.#onDidChangeLine.dispose();
    this.#loaded?.dispose();
  }
}
