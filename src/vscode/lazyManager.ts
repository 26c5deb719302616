import type { Disposable } from '../base/disposable';
import { Emitter } from '../base/event';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import type { ModelManager } from '../manager';

/**
 * The manager behind a door: its code (catalog, hub, store, engine) is loaded when somebody first needs it, so that
 * activation stays small. Events can be subscribed to before that.
 */
export class LazyManager implements Disposable {
  readonly #load: () => Promise<ModelManager>;
  readonly #onDidChangeDownload = new Emitter<ModelDownloadProgress>();
  readonly #onDidChangeModels = new Emitter<undefined>();
  #loading: Promise<ModelManager> | undefined;
  #loaded: ModelManager | undefined;

  readonly onDidChangeDownload = this.#onDidChangeDownload.event;
  readonly onDidChangeModels = this.#onDidChangeModels.event;

  constructor(load: () => Promise<ModelManager>) {
    this.#load = load;
  }

  /** The manager, loaded on the first call. */
  get(): Promise<ModelManager> {
    this.#loading ??= this.#load().then((manager) => {
      this.#loaded = manager;
      manager.onDidChangeDownload((record) => {
        this.#onDidChangeDownload.fire(record);
      });
      manager.onDidChangeModels(() => {
        this.#onDidChangeModels.fire(undefined);
      });
      return manager;
    });
    return this.#loading;
  }

  /** The manager if somebody has needed it already. */
  get loaded(): ModelManager | undefined {
    return this.#loaded;
  }

  dispose(): void {
    this.#onDidChangeDownload.dispose();
    this.#onDidChangeModels.dispose();
    this.#loaded?.dispose();
  }
}
