import { defined } from '../../protocol/defined';
import { causeText, isCancellation } from '../../common/asrError';
import { type Disposable, DisposableStore } from '../../common/disposable';
import { Emitter } from '../../common/event';
import type { Logger } from '../../common/logger';
import type { CatalogModel, ModelManager } from '../../models';
import type { PanelAction } from '../../protocol/panelMessages';
import type {
  PanelCatalog,
  PanelDetails,
  PanelSnapshot,
  PanelUpdates,
} from '../../protocol/panelSnapshot';
import { runAction, type ActionSurface, type BusyKind } from '../commands/actions';
import { confirmLowMemory } from '../ui/confirmLowMemory';
import { LineWatch } from '../views/emptyReason';
import type { LazyManager } from '../host/lazyManager';
import { buildPanelCatalog, panelFiles, PanelLoads, type PanelHost } from '.';
import { notLoadableText, panelErrorText, panelSnapshotOf } from './panelSnapshotOf';

/** What a row shows of the work on its model; the state of a download or of a load is shown by itself. */
const shownAs: Readonly<Partial<Record<BusyKind, 'verifying' | 'deleting'>>> = {
  verifying: 'verifying',
  repairing: 'verifying',
  deleting: 'deleting',
};

/** The panel's view of the manager: whole snapshots out, actions in. */
export class ManagerPanelHost implements PanelHost, ActionSurface, Disposable {
  readonly #manager: LazyManager;
  readonly #logger: Logger;
  readonly #lastUsedMs: (modelId: string) => number | undefined;
  readonly #disposables = new DisposableStore();
  readonly #onDidChange = new Emitter<undefined>();
  readonly #busy = new Map<string, 'verifying' | 'deleting'>();
  #updates: PanelUpdates = { state: 'unknown' };
  readonly #loads = new PanelLoads();
  readonly #line = new LineWatch();
  #catalog:
    { readonly models: readonly CatalogModel[]; readonly catalog: PanelCatalog } | undefined;

  readonly onDidChange = this.#onDidChange.event;
  readonly onDidChangeDownload: PanelHost['onDidChangeDownload'];
  readonly errorText = panelErrorText;

  constructor(
    manager: LazyManager,
    logger: Logger,
    lastUsedMs: (modelId: string) => number | undefined,
  ) {
    this.#lastUsedMs = lastUsedMs;
    this.#manager = manager;
    this.#logger = logger;
    this.onDidChangeDownload = manager.onDidChangeDownload;
    this.#disposables.add(
      manager.onDidChangeDownload((record) => {
        const wasDown = this.#line.isDown;
        this.#line.note(record);
        if (this.#line.isDown !== wasDown) this.changed();
      }),
    );
    this.#disposables.add(
      manager.onDidChangeModels(() => {
        this.#loads.noteLoaded(manager.loaded?.speech.loaded?.modelId);
        this.changed();
      }),
    );
  }

  async catalog(): Promise<PanelCatalog> {
    const manager = await this.#manager.get();
    const models = await manager.catalogModels();
    if (this.#catalog?.models !== models) {
      const ordered = manager.advice.safeFirst(models);
      this.#catalog = {
        models,
        catalog: buildPanelCatalog(ordered, (model) => manager.advice.fitOf(model), {
          isFromHub: (model) => manager.advice.isFromHub(model),
          safeCopyOf: (model) => manager.advice.safeCopies(model, models)[0]?.id,
        }),
      };
    }
    return this.#catalog.catalog;
  }

  async details(modelId: string): Promise<PanelDetails> {
    const manager = await this.#manager.get();
    const model = (await manager.catalogModels()).find(({ id }) => id === modelId);
    if (model === undefined) return {};
    const files = panelFiles(model);
    const notLoadable = notLoadableText(manager, model);
    return {
      ...defined({ files, notLoadable }),
    };
  }

  async snapshot(): Promise<PanelSnapshot> {
    return await panelSnapshotOf(await this.#manager.get(), {
      updates: this.#updates,
      busy: this.#busy,
      lastUsedMs: this.#lastUsedMs,
      loads: this.#loads,
      isLineDown: this.#line.isDown,
    });
  }

  async run(action: PanelAction): Promise<string | undefined> {
    if (action.kind !== 'checkDownloadedModels') this.forgetFailedLoad();
    return await runAction({ manager: await this.#manager.get(), surface: this }, action);
  }

  /** Checks for updates with its state shown. */
  async checkForUpdates(manager: ModelManager): Promise<void> {
    this.#updates = { state: 'checking' };
    this.changed();
    try {
      const found = await manager.library.checkForUpdates(undefined, new AbortController().signal);
      this.#updates = { state: 'checked', available: found.length, checkedMs: Date.now() };
    } catch (error) {
      this.#updates = { state: 'failed', message: panelErrorText(error) };
    }
    this.changed();
  }

  /** Loads a model with its state shown. */
  async load(manager: ModelManager, modelId: string): Promise<void> {
    const { name } = await manager.findAny(modelId);
    const load = this.#loads.begin(modelId, name);
    this.changed();
    try {
      const never = new AbortController().signal;
      await manager.speech.load(modelId, () => undefined, never, confirmLowMemory);
    } catch (error) {
      if (isCancellation(error)) return;
      this.#logger.warn(`load ${modelId}: ${causeText(error)}`);
      this.#loads.fail(load, panelErrorText(error), manager.speech.loaded?.modelId);
    } finally {
      this.#loads.end(load);
      this.changed();
    }
  }

  /** Shows in the rows of these models that they are being verified, repaired or deleted. */
  async busyWith<T>(
    modelIds: readonly string[],
    kind: BusyKind,
    work: () => Promise<T>,
  ): Promise<T> {
    const shown = shownAs[kind];
    if (shown === undefined) return await work();
    for (const modelId of modelIds) this.#busy.set(modelId, shown);
    this.changed();
    try {
      return await work();
    } finally {
      for (const modelId of modelIds) this.#busy.delete(modelId);
      this.changed();
    }
  }

  /** A failed load is over when the person does something else. */
  forgetFailedLoad(): void {
    if (this.#loads.forgetFailure()) this.changed();
  }

  changed(): void {
    this.#onDidChange.fire(undefined);
  }

  dispose(): void {
    this.#disposables.dispose();
    this.#onDidChange.dispose();
  }
}
