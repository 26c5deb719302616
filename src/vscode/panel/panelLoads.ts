import type { PanelFailedLoad, PanelLoaded } from '../../protocol/panelSnapshot';

/** The state of the loads that the panel asked for. The newest state wins, whatever caused it. */
export class PanelLoads {
  #loading: PanelLoaded | undefined;
  #failed: PanelFailedLoad | undefined;
  #loadedAtFailure: string | undefined;

  /** The load that is under way. */
  get loading(): PanelLoaded | undefined {
    return this.#loading;
  }

  /** The load that failed last, unless something newer is known. */
  get failed(): PanelFailedLoad | undefined {
    return this.#failed;
  }

  /** A load begins; give what it returns to {@link end} or {@link fail}. */
  begin(modelId: string, name: string): PanelLoaded {
    this.#failed = undefined;
    this.#loading = { modelId, name, state: 'loading' };
    return this.#loading;
  }

  /** The load is over, or was cancelled. Another one that began meanwhile is still under way. */
  end(load: PanelLoaded): void {
    if (this.#loading === load) this.#loading = undefined;
  }

  /** The load failed, while `loadedId` was loaded (or nothing). */
  fail(load: PanelLoaded, message: string, loadedId: string | undefined): void {
    this.end(load);
    this.#failed = { modelId: load.modelId, name: load.name, message };
    this.#loadedAtFailure = loadedId;
  }

  /** Which model is loaded now: one that was loaded since makes the failure obsolete. */
  observeLoaded(loadedId: string | undefined): void {
    if (loadedId !== undefined && loadedId !== this.#loadedAtFailure) this.#failed = undefined;
  }

  /** The person does something else: the failure was read. Returns whether there was one. */
  forgetFailure(): boolean {
    const had = this.#failed !== undefined;
    this.#failed = undefined;
    return had;
  }
}
