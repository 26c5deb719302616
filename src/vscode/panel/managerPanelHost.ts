import * as vscode from 'vscode';
import { causeText, isCancellation, toAsrError } from '../../common/asrError';
import { type Disposable, DisposableStore } from '../../common/disposable';
import { Emitter } from '../../common/event';
import type { Logger } from '../../common/logger';
import type { CatalogModel, ModelManager, ModelRecord } from '../../models';
import { defined } from '../../protocol/defined';
import type { PanelAction } from '../../protocol/panelMessages';
import type {
  PanelCatalog,
  PanelDetails,
  PanelDisk,
  PanelHubResults,
  PanelHubSearch,
  PanelModel,
  PanelNotice,
  PanelPartial,
  PanelSnapshot,
  PanelUpdates,
} from '../../protocol/panelSnapshot';
import { runAction, type ActionSurface, type BusyKind } from '../commands/actions';
import type { LazyManager } from '../host/lazyManager';
import { canReveal, remoteHost } from '../host/remoteHost';
import { catalogProblemText } from '../ui/catalogProblemText';
import { catalogText } from '../ui/catalogText';
import { foundFacts } from '../ui/foundFacts';
import { confirmLowMemory } from '../ui/confirm';
import { localFamily } from '../ui/familyName';
import { localise, translator } from '../ui/localise';
import { buildPanelCatalog, panelAbilities, panelAccuracy, panelFiles } from './panelCatalog';
import { PanelHubSearches } from './panelHubSearch';
import { PanelLoads } from './panelLoads';
import { PanelSizes } from './panelSizes';
import type { PanelHost } from './panelRouter';

/** The work on a model that its row shows; the state of a download or of a load is shown separately. */
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
  readonly #sizes = new PanelSizes();
  readonly #searches = new PanelHubSearches({
    factsOf: (found) => foundFacts(found).join(' · '),
    errorText: panelErrorText,
  });
  #catalog:
    | {
        readonly models: readonly CatalogModel[];
        readonly refusedEngines: string;
        readonly catalog: PanelCatalog;
      }
    | undefined;

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
    this.#disposables.add(manager.onDidChangeLine(() => this.changed()));
    this.#disposables.add(
      manager.onDidChangeModels(() => {
        this.#loads.observeLoaded(manager.loaded?.speech.loaded?.modelId);
        this.changed();
      }),
    );
  }

  async catalog(): Promise<PanelCatalog> {
    const manager = await this.#manager.get();
    const [models] = await Promise.all([manager.catalogModels(), manager.advice.ready()]);
    const { refusedEngines } = manager.advice;
    if (this.#catalog?.models !== models || this.#catalog.refusedEngines !== refusedEngines) {
      const ordered = manager.advice.safeFirst(models);
      this.#catalog = {
        models,
        refusedEngines,
        catalog: buildPanelCatalog(manager.advice.groups(ordered), {
          fitOf: (model) => manager.advice.fitOf(model),
          isFromHub: (model) => manager.advice.isFromHub(model),
          safeCopyOf: (model) => manager.advice.safeCopies(model, models)[0]?.id,
          t: translator(),
        }),
      };
    }
    return this.#catalog.catalog;
  }

  async details(modelId: string): Promise<PanelDetails> {
    const manager = await this.#manager.get();
    const model =
      (await manager.catalogModels()).find(({ id }) => id === modelId) ??
      this.#searches.find(modelId);
    if (model === undefined) return {};
    const t = translator();
    const [note, defect, needs] = [model.note, model.defect, model.needs].map(
      (text) => text && catalogText(text, t),
    );
    const moreAccuracy = model.moreAccuracy?.map((rate) => panelAccuracy(rate, t));
    const notLoadable = notLoadableText(manager, model);
    const files = panelFiles(model);
    const abilities = panelAbilities(model);
    return defined({ files, notLoadable, note, defect, needs, abilities, moreAccuracy });
  }

  async snapshot(): Promise<PanelSnapshot> {
    const manager = await this.#manager.get();
    return await panelSnapshotOf(manager, {
      updates: this.#updates,
      busy: this.#busy,
      lastUsedMs: this.#lastUsedMs,
      loads: this.#loads,
      isLineDown: manager.isLineDown,
    });
  }

  async searchHub(
    search: PanelHubSearch,
    more: boolean,
    push: (results: PanelHubResults) => void,
  ): Promise<void> {
    await this.#searches.run(await this.#manager.get(), search, more, push);
  }

  async askSizes(modelIds: readonly string[]): Promise<void> {
    try {
      await this.#sizes.ask(await this.#manager.get(), modelIds);
    } catch (error) {
      this.#logger.warn(`panel: sizes were not asked: ${causeText(error)}`);
    }
  }

  stopAsking(): void {
    this.#sizes.stop();
    this.#searches.stop();
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

/** The facts that only the editor's side knows. */
interface PanelFacts {
  readonly updates: PanelUpdates;
  readonly loads: Pick<PanelLoads, 'loading' | 'failed'>;
  /** The hub could not be reached the last time. */
  readonly isLineDown: boolean;
  /** Model id -> what is being done with it right now. */
  readonly busy: ReadonlyMap<string, 'verifying' | 'deleting'>;
  /** When a model was last loaded here, milliseconds since 1970. */
  readonly lastUsedMs: (modelId: string) => number | undefined;
}

/** Everything that the panel shows and that changes, from the manager as it is now. */
async function panelSnapshotOf(manager: ModelManager, facts: PanelFacts): Promise<PanelSnapshot> {
  const [records, folder] = await Promise.all([manager.models(), manager.library.folderState()]);
  const here = records.filter(({ state }) => state !== 'notDownloaded');
  const first = await manager.advice.firstChoice(vscode.env.language).catch(() => undefined);
  const notices: PanelNotice[] = manager.catalogProblems().map((problem) => ({
    kind: 'catalogProblem',
    message: catalogProblemText(problem),
  }));
  if (facts.isLineDown) {
    notices.unshift({
      kind: 'offline',
      message: vscode.l10n.t(
        'The hub could not be reached the last time. What is downloaded can be used without a network.',
      ),
    });
  }
  if (folder.kind !== 'ready') {
    notices.unshift({ kind: 'folderMissing', message: localise(folder.localizedMessage) });
  }
  return {
    models: records
      .filter((record) => isWorthSaying(record, facts))
      .map((record) => panelModel(manager, record, facts)),
    partials: here.flatMap(partialOf),
    downloads: manager.downloads().map((download) => manager.record(download)),
    disk: await panelDisk(manager),
    updates: updatesNow(manager, facts.updates),
    ...loadedNow(manager, facts.loads),
    ...defined({ failedLoad: facts.loads.failed }),
    ...(first === undefined
      ? {}
      : {
          recommendation: {
            modelId: first.model.id,
            reason: localise(first.reason),
            ...defined({ smallerId: first.smaller?.id, betterId: first.better?.id }),
          },
        }),
    notices,
  };
}

function loadedNow(
  { speech: { loaded } }: ModelManager,
  { loading }: PanelFacts['loads'],
): Pick<PanelSnapshot, 'loaded'> {
  if (loading !== undefined) return { loaded: loading };
  if (loaded === undefined) return {};
  return { loaded: { modelId: loaded.modelId, name: loaded.name, state: 'loaded' } };
}

/** The result of the last check, without what was updated or deleted since. */
function updatesNow(manager: ModelManager, updates: PanelUpdates): PanelUpdates {
  if (updates.state !== 'checked') return updates;
  return { ...updates, available: manager.library.updates.length };
}

function isWorthSaying({ model, state }: ModelRecord, { busy }: PanelFacts): boolean {
  return state !== 'notDownloaded' || busy.has(model.id);
}

function panelModel(manager: ModelManager, record: ModelRecord, facts: PanelFacts): PanelModel {
  const { model, state, presentBytes, totalBytes, downloaded } = record;
  const busy = facts.busy.get(model.id);
  const notLoadable = notLoadableText(manager, model);
  const lastUsedMs = facts.lastUsedMs(model.id);
  const measured = downloaded === undefined ? undefined : manager.speech.measurement(downloaded);
  return {
    modelId: model.id,
    name: model.name,
    state,
    presentBytes,
    ...defined({ totalBytes }),
    updateAvailable: manager.library.updates.some(({ modelId }) => modelId === model.id),
    ...defined({ busy, notLoadable }),
    ...(downloaded === undefined
      ? {}
      : {
          disk: {
            familyName: localFamily(model.familyName, translator()),
            sizeOnDisk: downloaded.sizeOnDisk,
            revision: downloaded.revision,
            path: downloaded.path,
            verified: downloaded.verified,
            ...defined({ lastUsedMs }),
            ...(measured === undefined
              ? {}
              : {
                  measured: { realTimeFactor: measured.realTimeFactor, loadMs: measured.loadMs },
                }),
          },
        }),
  };
}

/** Why a model can't be loaded here, whether it is here or not; undefined when nothing is known against it. */
function notLoadableText(manager: ModelManager, model: CatalogModel): string | undefined {
  const refusal = manager.speech.refusal(model);
  return refusal === undefined ? undefined : localise(refusal.localizedMessage);
}

function partialOf({
  model,
  state,
  presentBytes,
  totalBytes,
  modifiedMs,
}: ModelRecord): PanelPartial[] {
  if (state !== 'incomplete') return [];
  return [
    {
      modelId: model.id,
      name: model.name,
      downloadedBytes: presentBytes,
      ...defined({ totalBytes }),
      modifiedMs: modifiedMs ?? 0,
      resumable: true,
    },
  ];
}

async function panelDisk(manager: ModelManager): Promise<PanelDisk> {
  const [usage, freeBytes, reclaimableBytes] = await Promise.all([
    manager.library.diskUsage(),
    manager.freeBytes(),
    manager.library.clearBytes().catch(() => undefined),
  ]);
  const host = remoteHost();
  return {
    families: usage.families.map((family) => ({
      ...family,
      name: localFamily(family.name, translator()),
    })),
    usedBytes: usage.totalBytes,
    ...defined({ reclaimableBytes, freeBytes }),
    location: manager.cachePath,
    ...defined({ hostName: host }),
    canReveal: canReveal(),
  };
}

/** The message of an error, in the person's language. */
function panelErrorText(error: unknown): string {
  return localise(toAsrError(error).localizedMessage);
}
