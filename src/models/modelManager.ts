import type { Disposable } from '../common/disposable';
import { Emitter, type Event } from '../common/event';
import type { CatalogModel, CatalogProblem } from '../catalog';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import type { UninstallReport } from '../cache';
import { type ModelDownload, OtherWindows } from '../windows';
import type { DownloadedModel } from '../protocol/downloadedModel';
import { HubAnswers } from './hubAnswers';
import { Inventory } from './inventory';
import type { ManagerDependencies } from './managerDependencies';
import { ModelAdvice } from './modelAdvice';
import { modelOfId, rememberId } from './modelIds';
import { ModelLibrary } from './modelLibrary';
import { ModelRelease } from './modelRelease';
import { LocalDownloads } from './localDownloads';
import type { ModelRecord } from './modelRecord';
import { ModelSpeech } from './modelSpeech';

/** What every command, view and other extension talks to. */
export class ModelManager implements Disposable {
  readonly #dependencies: ManagerDependencies;
  readonly #answers: HubAnswers;
  readonly #inventory: Inventory;
  readonly #local: LocalDownloads;
  readonly #onDidChangeDownload = new Emitter<ModelDownloadProgress>();
  readonly #onDidChangeModels = new Emitter<undefined>();
  readonly #watching: Disposable;
  readonly #release = new ModelRelease(this);
  readonly #otherWindows: OtherWindows;
  /** What can be done with models that are here. */
  readonly library: ModelLibrary;
  /** Helps a person to choose. */
  readonly advice: ModelAdvice;
  /** Loads a model and transcribes with it. */
  readonly speech: ModelSpeech;

  /** A record of any download changed; the newest record. */
  readonly onDidChangeDownload = this.#onDidChangeDownload.event;
  /** What is on offer or on the disk changed. */
  readonly onDidChangeModels = this.#onDidChangeModels.event;
  /** Another window went away and left an unfinished download that nobody goes on with; its last record. */
  readonly onDidAbandon: Event<ModelDownloadProgress>;

  constructor(ports: ManagerDependencies) {
    this.#dependencies = ports;
    this.#answers = new HubAnswers(ports);
    this.#inventory = new Inventory(ports, this.#answers);
    this.library = new ModelLibrary(ports, this.#inventory, this.#answers, () => {
      this.#otherWindows.announceChange();
      this.refresh();
    });
    this.advice = new ModelAdvice(ports, this.#answers, () => this.refresh());
    this.speech = new ModelSpeech(ports, this.#inventory, async (modelId) =>
      this.#wholeModel(modelId),
    );
    this.#local = new LocalDownloads(ports, {
      changed: (record) => this.#changed(record),
      onHubAnswer: (model, answer) => {
        if (this.#answers.record(model, answer)) this.refresh();
      },
      downloaded: (model) => this.#whole(model),
    });
    this.speech.onDidChangeLoaded(() => this.#onDidChangeModels.fire(undefined));
    this.speech.onDidChangeFacts(() => this.refresh());
    ports.catalog.onDidChange(() => this.refresh());
    // Another window, another tool or a person may change the cache at any time.
    this.#watching = ports.store.watch(() => this.refresh());
    this.#otherWindows = this.#connectToOthers();
    this.onDidAbandon = this.#otherWindows.onDidAbandon;
  }

  /** Where the cache lies. */
  get cachePath(): string {
    return this.#dependencies.store.hubRoot;
  }

  /** Every model on offer and everything on the disk. What other windows download is known afterwards, too. */
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

  /** Every model on offer; sizes and digests are the hub's where it was asked, else the catalog's. */
  async catalogModels(): Promise<readonly CatalogModel[]> {
    return this.#answers.applyTo(await this.#dependencies.catalog.models());
  }

  catalogProblems(): readonly CatalogProblem[] {
    return this.#dependencies.catalog.problems();
  }

  /** Who a token belongs to at an endpoint (the configured one); rejects with `auth` when the hub refuses it. */
  whoAmI(token: string, endpoint?: string): Promise<string> {
    return this.#dependencies.hub(endpoint).whoAmI(token, new AbortController().signal);
  }

  freeBytes(): Promise<number | undefined> {
    return this.#dependencies.store.freeBytes();
  }

  /** By catalog id or `hf:` id. Rejects with `notFound` when nothing has that id. */
  findModel(modelId: string): Promise<CatalogModel> {
    return modelOfId(modelId, this.#dependencies);
  }

  /** By id, on offer or only on the disk. Rejects with `notFound`. */
  async findAny(modelId: string): Promise<CatalogModel> {
    const record = (await this.models()).find(({ model }) => model.id === modelId);
    return record?.model ?? (await this.findModel(modelId));
  }

  /** The page of a model's repository. */
  async pageOf(modelId: string): Promise<string> {
    const { source } = await this.findAny(modelId);
    const endpoint = source.kind === 'hub' ? source.endpoint : undefined;
    return this.#dependencies.hub(endpoint).pageUrl(source.repo);
  }

  /**
   * Starts a download, or joins the one of the same model that has not ended, in this window or another. Answers
   * before the first byte.
   */
  async download(modelId: string): Promise<ModelDownload> {
    const joined = this.#unfinished(modelId);
    if (joined !== undefined) return joined;
    const model = await this.findModel(modelId);
    await rememberId(model.id, this.#dependencies);
    // Another caller may have come while the catalog was read.
    const joinedMeanwhile = this.#unfinished(model.id);
    if (joinedMeanwhile !== undefined) return joinedMeanwhile;
    return await this.#otherWindows.start(model);
  }

  /** Deletes a model, cancelling its download and unloading it first; other models keep what they share with it. */
  deleteModel(modelId: string): Promise<{ readonly reclaimedBytes: number }> {
    return this.#release.delete(modelId);
  }

  /**
   * Takes a model back to an earlier revision that is still here ({@link ModelLibrary.restoreOffers}), unloading it
   * first. Rejects while the model is being downloaded, whose end would bring the newer one back.
   */
  restoreModel(modelId: string, commit: string): Promise<DownloadedModel> {
    return this.#release.restore(modelId, commit);
  }

  /** Removes every model and partial of ours; running downloads are cancelled and the loaded model is freed first. */
  clearCache(): Promise<{ readonly reclaimedBytes: number }> {
    return this.#release.clear();
  }

  /** The same in every folder that was ever used, with the state and the copies of catalogs. */
  uninstall(): Promise<UninstallReport> {
    return this.#release.uninstall();
  }

  /**
   * Downloads that have not ended, the active one first, and failed ones that nobody has tried again; then those of
   * other windows.
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
      ({ downloadId, modelId, progress }) =>
        (downloadId === downloadOrModelId || modelId === downloadOrModelId) &&
        !isFinal(progress.status),
    );
  }

  /** Forgets a failed download's record (its partial files stay). */
  dismiss(modelId: string): void {
    if (this.#local.dismiss(modelId)) this.#onDidChangeModels.fire(undefined);
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

  /** Looks at the disk again. */
  refresh(): void {
    this.#inventory.invalidate();
    this.#onDidChangeModels.fire(undefined);
  }

  /** The record with the facts that only the queue knows. */
  record(download: ModelDownload): ModelDownloadProgress {
    return this.#local.record(download);
  }

  /** Lets running downloads keep what they have; they are offered again at the next start. */
  async shutDown(): Promise<void> {
    await Promise.all(this.#local.list().map((download) => download.pause()));
    await this.#otherWindows.close();
    this.dispose();
  }

  dispose(): void {
    this.#otherWindows.dispose();
    this.#watching.dispose();
    this.speech.dispose();
    this.#dependencies.engine.dispose();
    this.#dependencies.catalog.dispose();
    this.#onDidChangeDownload.dispose();
    this.#onDidChangeModels.dispose();
  }

  /** A model that is on the disk, else what its download brings. */
  async #wholeModel(modelId: string): Promise<DownloadedModel> {
    const there = (await this.downloadedModels()).find((model) => model.modelId === modelId);
    return there ?? (await (await this.download(modelId)).finished);
  }

  #connectToOthers(): OtherWindows {
    const { windows, clock, logger, newDownloadId } = this.#dependencies;
    const ports = { windows, clock, logger, newDownloadId };
    return new OtherWindows(ports, {
      localDownload: (modelId) => this.#local.unfinished(modelId),
      begin: (model, downloadId) => this.#local.begin(model, downloadId),
      findModel: (modelId) => this.findModel(modelId),
      downloaded: async (modelId) => this.#whole(await this.findModel(modelId)),
      onRemoteDownload: (modelId) => void rememberId(modelId, this.#dependencies),
      changed: (record) => {
        this.dismiss(record.modelId);
        this.#onDidChangeDownload.fire(record);
      },
      modelsChanged: () => this.refresh(),
      discardPartials: (modelId) => this.library.discardPartials(modelId),
    });
  }

  async #whole(model: CatalogModel): Promise<DownloadedModel | undefined> {
    const record = await this.#inventory.lookUp(model);
    return record?.state === 'downloaded' ? record.downloaded : undefined;
  }

  #unfinished(modelId: string): ModelDownload | undefined {
    const download = this.#local.unfinished(modelId);
    download?.resume();
    return download;
  }

  /** A record of this window's: for whoever listens here, and for the other windows. */
  #changed(record: ModelDownloadProgress): void {
    const { status, modelId } = record;
    if (status === 'completed') this.library.forgetUpdate(modelId);
    this.#otherWindows.publish(record);
    this.#onDidChangeDownload.fire(record);
    if (isFinal(status)) this.#otherWindows.announceChange();
    if (isFinal(status) || status === 'paused') this.refresh();
  }
}
