import type { UninstallReport } from '../cache';
import type { CatalogModel, CatalogProblem } from '../catalog';
import { AsrError, causeText } from '../common/asrError';
import { type Disposable, DisposableStore } from '../common/disposable';
import type { Event } from '../common/event';
import { localized } from '../common/localizedMessage';
import type { HubClient } from '../hub';
import type { DownloadedModel } from '../protocol/downloadedModel';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import {
  Downloads,
  isUnfinished,
  type ModelDownload,
  OtherWindows,
  type SharedDownloads,
} from '../windows';
import { sampleOf } from './connectionDiagnosis';
import type { SampleFile } from './connectionProbe';
import { type ConnectionReport, reportDocument } from './connectionReport';
import { ConnectionWatch } from './connectionWatch';
import type { DownloadDependencies } from './downloadRun';
import { Inventory, type InventoryDependencies } from './inventory';
import { LocalDownloads } from './localDownloads';
import { type AdviceDependencies, ModelAdvice } from './modelAdvice';
import { type LibraryDependencies, ModelLibrary } from './modelLibrary';
import { type ModelRecord, unknownModel } from './modelRecord';
import { ModelSpeech, type SpeechDependencies } from './modelSpeech';
import { onNoHub } from './resolveModel';

/** Everything that the manager needs from outside: what its parts need, and the state that windows share. */
export interface ManagerDependencies
  extends
    InventoryDependencies,
    DownloadDependencies,
    LibraryDependencies,
    AdviceDependencies,
    SpeechDependencies {
  /** A client for an endpoint; the configured one when it is absent. */
  readonly hub: (endpoint?: string, mirrors?: readonly string[]) => HubClient;
  /** Tries every step of a connection. */
  readonly diagnose: (sample: SampleFile, signal: AbortSignal) => Promise<ConnectionReport>;
  /** The shared state of the downloads of all windows on this state folder. */
  readonly windows: SharedDownloads;
  /** Returns an id that no other download has. */
  readonly newDownloadId: () => string;
}

/** The API of this module for commands, views and other extensions. */
export class ModelManager implements Disposable {
  readonly #dependencies: ManagerDependencies;
  readonly #inventory: Inventory;
  readonly #downloads = new Downloads();
  readonly #local: LocalDownloads;
  readonly #otherWindows: OtherWindows;
  readonly #connection = new ConnectionWatch();
  readonly #disposables = new DisposableStore();
  /** The operations on models on the disk. */
  readonly library: ModelLibrary;
  /** Helps a person to choose. */
  readonly advice: ModelAdvice;
  /** Loads a model and transcribes with it. */
  readonly speech: ModelSpeech;

  /** A record of any download changed; the newest record. */
  readonly onDidChangeDownload = this.#downloads.onDidChange;
  /** The models on offer or on the disk changed. */
  readonly onDidChangeModels: Event<undefined>;
  /** Another window ended and left an unfinished download that no window continues; its last record. */
  readonly onDidAbandon: Event<ModelDownloadProgress>;
  /** {@link isLineDown} changed; its new value. */
  readonly onDidChangeLine = this.#connection.onDidChange;

  constructor(dependencies: ManagerDependencies) {
    this.#dependencies = dependencies;
    const { windows, clock, logger, newDownloadId, catalog, store } = dependencies;
    const inventory = new Inventory(dependencies);
    this.#inventory = inventory;
    this.library = new ModelLibrary(dependencies, inventory);
    this.advice = new ModelAdvice(dependencies, inventory);
    this.speech = new ModelSpeech(dependencies, inventory, (modelId) => this.#wholeModel(modelId));
    this.#local = new LocalDownloads(dependencies, inventory, this.#downloads);
    this.#otherWindows = new OtherWindows({
      windows,
      downloads: this.#downloads,
      clock,
      logger,
      newDownloadId,
      begin: (model, downloadId) => this.#local.begin(model, downloadId),
      findModel: (modelId) => this.findModel(modelId),
      downloaded: async (modelId) => inventory.downloaded(await this.findModel(modelId)),
      discardPartials: (modelId) => this.library.discardPartials(modelId),
    });
    this.onDidChangeModels = inventory.onDidChange;
    this.onDidAbandon = this.#otherWindows.onDidAbandon;

    const refresh = (): void => this.refresh();
    const subscriptions = [
      this.onDidChangeDownload((record) => this.#connection.observe(record)),
      this.#local.onDidSettle(({ status, modelId, filesTotal }) => {
        // Without a count the hub could not be asked: what it offers besides the copy here is still to come.
        if (status === 'completed' && filesTotal !== undefined) this.library.forgetUpdate(modelId);
        this.refresh();
      }),
      this.#otherWindows.onDidAdd((modelId) => void this.#rememberId(modelId)),
      this.#otherWindows.onDidChangeModels(refresh),
      this.library.onDidChange(() => {
        this.#otherWindows.announceChange();
        this.refresh();
      }),
      this.speech.onDidChangeLoaded(() => inventory.notify()),
      this.speech.onDidChangeFacts(refresh),
      catalog.onDidChange(refresh),
      // Another window, another program or a person may change the cache at any time.
      store.watch(refresh),
    ];
    for (const subscription of subscriptions) this.#disposables.add(subscription);
  }

  /** The folder of the cache. */
  get cachePath(): string {
    return this.#dependencies.store.hubRoot;
  }

  /** Every model on offer or on the disk. After it the downloads of other windows are known, too. */
  async models(): Promise<readonly ModelRecord[]> {
    await this.#otherWindows.ready;
    return await this.#inventory.records();
  }

  /** Models whose every file is here. */
  async downloadedModels(): Promise<readonly DownloadedModel[]> {
    const records = await this.models();
    return records.flatMap(({ downloaded, state }) =>
      downloaded !== undefined && state === 'downloaded' ? [downloaded] : [],
    );
  }

  /** One of them, by its id (an `hf:` id in any spelling of the repository); undefined when it is not whole. */
  async downloadedModel(modelId: string): Promise<DownloadedModel | undefined> {
    await this.#otherWindows.ready;
    const record = await this.#inventory.record(modelId);
    return record?.state === 'downloaded' ? record.downloaded : undefined;
  }

  /** Every model on offer; sizes and digests are the hub's where it was asked, else the catalog's. */
  async catalogModels(): Promise<readonly CatalogModel[]> {
    return this.#inventory.answers.applyTo(await this.#dependencies.catalog.models());
  }

  catalogProblems(): readonly CatalogProblem[] {
    return this.#dependencies.catalog.problems();
  }

  /** The owner of a token at an endpoint (the configured one); rejects with `auth` when the hub refuses it. */
  whoAmI(token: string, endpoint?: string): Promise<string> {
    const ofPerson = { token, place: { kind: 'secretStorage' } } as const;
    return this.#dependencies.hub(endpoint).whoAmI(ofPerson, new AbortController().signal);
  }

  /**
   * Tries everything that a download needs, measured, in less than half a minute; the result is a document in the person's
   * language, and how many steps failed. Rejects with `Cancelled` only.
   */
  async diagnoseConnection(
    signal: AbortSignal,
  ): Promise<{ readonly document: string; readonly failedSteps: number }> {
    const { catalog, diagnose, localise } = this.#dependencies;
    const report = await diagnose(sampleOf(await catalog.models()), signal);
    const failed = report.hosts.flatMap(({ steps }) => steps.filter((s) => s.outcome === 'failed'));
    return { document: reportDocument(report, localise), failedSteps: failed.length };
  }

  freeBytes(): Promise<number | undefined> {
    return this.#dependencies.store.freeBytes();
  }

  /** Whether the last download that ended or moved bytes says that the network is down. */
  get isLineDown(): boolean {
    return this.#connection.isDown;
  }

  /** By catalog id or `hf:` id. Rejects with `notFound` when nothing has that id. */
  async findModel(modelId: string): Promise<CatalogModel> {
    const model = await this.#dependencies.catalog.find(modelId);
    if (model !== undefined) return model;
    throw unknownModel(modelId);
  }

  /** By id, on offer or only on the disk. Rejects with `notFound`. */
  async findAny(modelId: string): Promise<CatalogModel> {
    await this.#otherWindows.ready;
    const record = await this.#inventory.record(modelId);
    return record?.model ?? (await this.findModel(modelId));
  }

  /** The page of a model's repository. */
  async pageOf(modelId: string): Promise<string> {
    const model = await this.findAny(modelId);
    const { source } = model;
    if (source.kind === 'local') throw onNoHub(model);
    const endpoint = source.kind === 'hub' ? source.endpoint : undefined;
    return this.#dependencies.hub(endpoint).pageUrl(source.repo);
  }

  /**
   * Starts a download, or joins the one of the same model that has not ended, in this window or another. Resolves
   * before the first byte.
   */
  async download(modelId: string): Promise<ModelDownload> {
    const joined = this.#resumeLocal(modelId);
    if (joined !== undefined) return joined;
    const model = await this.findModel(modelId);
    await this.#rememberId(model.id);
    // Another caller may have started it while the catalog was read.
    const joinedMeanwhile = this.#resumeLocal(model.id);
    if (joinedMeanwhile !== undefined) return joinedMeanwhile;
    return await this.#otherWindows.start(model);
  }

  /** Deletes a model, cancelling its download and unloading it first; other models keep what they share with it. */
  async deleteModel(modelId: string): Promise<{ readonly reclaimedBytes: number }> {
    await this.findDownload(modelId)?.cancel();
    await this.#unload(modelId);
    this.dismiss(modelId);
    this.library.forgetUpdate(modelId);
    return await this.library.delete(modelId);
  }

  /**
   * Takes a model back to an earlier revision that is still here ({@link ModelLibrary.restoreOffers}), unloading it
   * first. Rejects while the model is being downloaded, because that download would install the newer one again.
   */
  async restoreModel(modelId: string, commit: string): Promise<DownloadedModel> {
    const running = this.findDownload(modelId);
    if (running !== undefined) throw isBeingDownloaded(running.progress.modelName);
    await this.#unload(modelId);
    return await this.library.restore(modelId, commit);
  }

  /** Removes every model and partial of ours; running downloads are cancelled and the loaded model is freed first. */
  async clearCache(): Promise<{ readonly reclaimedBytes: number }> {
    await this.#stopUsingModels();
    return await this.library.clear();
  }

  /** The same in every folder that was ever used, with the state and the copies of catalogs. */
  async uninstall(): Promise<UninstallReport> {
    await this.#stopUsingModels();
    return await this.library.uninstall();
  }

  /**
   * Downloads that have not ended, the active one first, and failed ones that were not tried again; then those of other
   * windows.
   */
  downloads(): readonly ModelDownload[] {
    return [...this.#local.list(), ...this.#otherWindows.downloads];
  }

  /** The download that runs now: this window's, else one of another window. */
  get activeDownload(): ModelDownload | undefined {
    const running = ({ progress }: ModelDownload): boolean => progress.status !== 'paused';
    return this.#local.active ?? this.#otherWindows.downloads.find(running);
  }

  /** The right to ask the person about an unfinished download; undefined while another window is asking. */
  claimOffer(modelId: string): Promise<Disposable | undefined> {
    return this.#otherWindows.claimOffer(modelId);
  }

  /** A download by its id or its model's id, as long as it has not ended. */
  findDownload(downloadOrModelId: string): ModelDownload | undefined {
    return this.downloads().find(
      (download) =>
        (download.downloadId === downloadOrModelId || download.modelId === downloadOrModelId) &&
        isUnfinished(download),
    );
  }

  /** Continues the download of a model here that another window has, which a person says is gone. */
  takeOver(modelId: string): Promise<void> {
    return this.#otherWindows.takeOver(modelId);
  }

  /** Removes a failed download's record (its partial files stay). */
  dismiss(modelId: string): void {
    if (this.#local.dismiss(modelId)) this.#inventory.notify();
  }

  /** Reads the extra catalogs again. */
  reloadCatalogs(): void {
    this.#dependencies.catalog.reload();
    this.refresh();
  }

  /** The settings changed: what can take effect while a download runs (the bandwidth cap) does so now. */
  async applySettings(): Promise<void> {
    const { transfer } = await this.#dependencies.settings();
    this.#dependencies.engine.setMaxBytesPerSecond(transfer.maxBytesPerSecond);
  }

  /** Reads the disk again. */
  refresh(): void {
    this.#inventory.refresh();
  }

  /** The record of a download with the length of the queue behind it. */
  record(download: ModelDownload): ModelDownloadProgress {
    return this.#local.record(download);
  }

  /** Pauses running downloads; they are offered again at the next start. */
  async shutDown(): Promise<void> {
    await Promise.all(this.#local.list().map((download) => download.pause()));
    await this.#otherWindows.close();
    this.dispose();
  }

  dispose(): void {
    this.#otherWindows.dispose();
    this.#disposables.dispose();
    this.speech.dispose();
    this.#dependencies.engine.dispose();
    this.#dependencies.catalog.dispose();
    this.#downloads.dispose();
    this.#local.dispose();
    this.#inventory.dispose();
    this.library.dispose();
    this.#connection.dispose();
  }

  /** A model that is on the disk, else the result of its download. */
  async #wholeModel(modelId: string): Promise<DownloadedModel> {
    const there = await this.downloadedModel(modelId);
    return there ?? (await (await this.download(modelId)).finished);
  }

  /** This window's download of a model that has not ended, resumed when it was paused. */
  #resumeLocal(modelId: string): ModelDownload | undefined {
    const download = this.#local.unfinished(modelId);
    download?.resume();
    return download;
  }

  /** An `hf:` id is in no catalog; a remembered one gives a name to what a scan finds. Never rejects. */
  async #rememberId(modelId: string): Promise<void> {
    if (!modelId.startsWith('hf:')) return;
    const { knownIds, logger } = this.#dependencies;
    await knownIds
      .add(modelId)
      .catch((error: unknown) =>
        logger.warn(`the id ${modelId} could not be remembered: ${causeText(error)}`),
      );
  }

  async #unload(modelId: string): Promise<void> {
    if (this.speech.loaded?.modelId === modelId) await this.speech.unload();
  }

  /** Cancels every download and unloads the loaded model. */
  async #stopUsingModels(): Promise<void> {
    await this.#otherWindows.refresh();
    const downloads = this.downloads();
    await Promise.all(downloads.map((download) => download.cancel()));
    for (const { modelId } of downloads) this.dismiss(modelId);
    await this.speech.unload();
  }
}

/** The error for a rollback while the model is being downloaded. */
function isBeingDownloaded(name: string): AsrError {
  return new AsrError(
    'unknown',
    localized(
      '{0} is being downloaded. Wait for it or cancel it, then restore the previous version.',
      name,
    ),
  );
}
