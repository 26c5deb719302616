import type { PanelFailedLoad, PanelLoaded } from '../../protocol/panelSnapshot';

/** What the panel shows of the loads that it asked for. The newest truth wins, whoever brought it about. */
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

  /** Notes that a load begins; give what it returns to {@link end} or {@link fail}. */
  begin(modelId: string, name: string): PanelLoaded {
    this.#failed = undefined;
    this.#loading = { modelId, name, state: 'loading' };
    return this.#loading;
  }

  /** The load is over, or was called off. Another one that began meanwhile is still under way. */
  end(load: PanelLoaded): void {
    if (this.#loading === load) this.#loading = undefined;
  }

  /** The load failed, while `loadedId` was loaded (or nothing). */
  fail(load: PanelLoaded, message: string, loadedId: string | undefined): void {
    this.end(load);
    this.#failed = { modelId: load.modelId, name: load.name, message };
    this.#loadedAtFailure = loadedId;
  }

  /** Notes which model is loaded now: one that was loaded since makes the failure an old story. */
  noteLoaded(loadedId: string | undefined): void {
    if (loadedId !== undefined && loadedId !== this.#loadedAtFailure) this.#failed = undefined;
  }

  /** The person does something else: the failure was read. Tells whether there was one. */
  forgetFailure(): boolean {
    const had = this.#failed !== undefined;
    this.#failed = undefined;
    return had;
  }
}
