import { AsrError, causeText } from '../base/asrError';
import type { Disposable } from '../base/disposable';
import { Emitter } from '../base/event';
import { sentence } from '../base/sentence';
import type { CatalogModel, CatalogProblem } from '../catalog';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import { isFinal } from '../protocol/downloadProgress';
import { DownloadQueue } from './downloadQueue';
import { DownloadRun } from './downloadRun';
import { Inventory } from './inventory';
import type { ManagerPorts } from './managerPorts';
import type { ModelDownload } from './modelDownload';
import { ModelAdvice } from './modelAdvice';
import { ModelLibrary } from './modelLibrary';
import type { DownloadedModel, ModelRecord } from './modelRecord';
import { ModelSpeech } from './modelSpeech';

/** What every command, view and other extension talks to. */
export class ModelManager implements Disposable {
  readonly #ports: ManagerPorts;
  readonly #inventory: Inventory;
  readonly #queue: DownloadQueue;
  /** Runs that have not ended, and the last one that failed of each model, so that its error stays visible. */
  readonly #runs = new Map<string, DownloadRun>();
  readonly #onDidChangeDownload = new Emitter<ModelDownloadProgress>();
  readonly #onDidChangeModels = new Emitter<undefined>();
  readonly #watching: Disposable;
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

  constructor(ports: ManagerPorts) {
    this.#ports = ports;
    this.#inventory = new Inventory(ports);
    this.library = new ModelLibrary(ports, this.#inventory, () => {
      this.refresh();
    });
    this.advice = new ModelAdvice(ports);
    this.speech = new ModelSpeech(ports, this.#inventory, async (modelId) =>
      this.#wholeModel(modelId),
    );
    this.#queue = new DownloadQueue(() => {
      for (const run of [this.#queue.active, ...this.#queue.waiting]) {
        if (run !== undefined) this.#onDidChangeDownload.fire(this.#withQueue(run));
      }
    });
    this.speech.onDidChangeLoaded(() => {
      this.#onDidChangeModels.fire(undefined);
    });
    this.speech.onDidChangeFacts(() => {
      this.refresh();
    });
    ports.catalog.onDidChange(() => {
      this.refresh();
    });
    // Another window, another tool or a person may change the cache at any time.
    this.#watching = ports.store.watch(() => {
      this.refresh();
    });
  }

  /** Where the cache lies. */
  get cachePath(): string {
    return this.#ports.store.hubRoot;
  }

  /** Every model on offer and everything on the disk. */
  models(): Promise<readonly ModelRecord[]> {
    return this.#inventory.records();
  }

  /** Models whose every file is here. */
  async downloadedModels(): Promise<readonly DownloadedModel[]> {
    const records = await this.models();
    return records.flatMap(({ downloaded, state }) =>
      downloaded !== undefined && state === 'downloaded' ? [downloaded] : [],
    );
  }

  catalogModels(): Promise<readonly CatalogModel[]> {
    return this.#ports.catalog.models();
  }

  catalogProblems(): readonly CatalogProblem[] {
    return this.#ports.catalog.problems();
  }

  /** Who a token belongs to at an endpoint (the configured one); rejects with `auth` when the hub refuses it. */
  whoAmI(token: string, endpoint?: string): Promise<string> {
    return this.#ports.hub(endpoint).whoAmI(token, new AbortController().signal);
  }

  freeBytes(): Promise<number | undefined> {
    return this.#ports.store.freeBytes();
  }

  /** By catalog id or `hf:` id. Rejects with `notFound` when nothing has that id. */
  async findModel(modelId: string): Promise<CatalogModel> {
    const model = await this.#ports.catalog.find(modelId);
    if (model !== undefined) return model;
    throw new AsrError(
      'notFound',
      sentence(
        'No model is called {0}. Run "ASR: Download Model" to see what is on offer, or use hf:organisation/name.',
        modelId,
      ),
    );
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
    return this.#ports.hub(endpoint).pageUrl(source.repo);
  }

  /** Starts a download, or joins the one of the same model that has not ended. Answers before the first byte. */
  async download(modelId: string): Promise<ModelDownload> {
    const joined = this.#unfinished(modelId);
    if (joined !== undefined) return joined;
    const model = await this.findModel(modelId);
    if (model.id.startsWith('hf:')) {
      await this.#ports.knownIds.add(model.id).catch((error: unknown) => {
        this.#ports.logger.warn(`the id ${model.id} could not be remembered: ${causeText(error)}`);
      });
    }
    // Another caller may have come while the catalog was read.
    const joinedMeanwhile = this.#unfinished(model.id);
    if (joinedMeanwhile !== undefined) return joinedMeanwhile;
    const run = new DownloadRun(model, this.#ports, {
      enqueue: (again) => {
        this.#queue.add(again);
      },
      changed: (changed) => {
        this.#changed(changed);
      },
      queuedBytes: () => this.#queue.waitingBytes,
      downloaded: async () => {
        const record = await this.#inventory.lookUp(model);
        return record?.state === 'downloaded' ? record.downloaded : undefined;
      },
    });
    this.#runs.set(model.id, run);
    this.#queue.add(run);
    return run;
  }

  /** Deletes a model, cancelling its download and unloading it first; other models keep what they share with it. */
  async deleteModel(modelId: string): Promise<{ readonly reclaimedBytes: number }> {
    await this.findDownload(modelId)?.cancel();
    if (this.speech.loaded?.modelId === modelId) await this.speech.unload();
    this.dismiss(modelId);
    this.library.forgetUpdate(modelId);
    return await this.library.delete(modelId);
  }

  /** Removes every model and partial of ours; running downloads are cancelled and the loaded model is freed first. */
  async clearCache(): Promise<{ readonly reclaimedBytes: number }> {
    await Promise.all(this.downloads().map((download) => download.cancel()));
    await this.speech.unload();
    return await this.library.clear();
  }

  /** Downloads that have not ended, the active one first, and failed ones that nobody has tried again. */
  downloads(): readonly ModelDownload[] {
    const { active, waiting } = this.#queue;
    const listed = active === undefined ? waiting : [active, ...waiting];
    return [...listed, ...[...this.#runs.values()].filter((run) => !listed.includes(run))];
  }

  /** The download that runs now. */
  get activeDownload(): ModelDownload | undefined {
    return this.#queue.active;
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
    const run = this.#runs.get(modelId);
    if (run?.progress.status !== 'error') return;
    this.#runs.delete(modelId);
    this.#onDidChangeModels.fire(undefined);
  }

  /** Reads the extra catalogs again. */
  reloadCatalogs(): void {
    this.#ports.catalog.reload();
    this.refresh();
  }

  /** The settings changed: what can take effect while a download runs (the bandwidth cap) does so now. */
  async applySettings(): Promise<void> {
    const { transfer } = await this.#ports.settings();
    this.#ports.engine.setMaxBytesPerSecond(transfer.maxBytesPerSecond);
  }

  /** Looks at the disk again. */
  refresh(): void {
    this.#inventory.invalidate();
    this.#onDidChangeModels.fire(undefined);
  }

  /** The record with the facts that only the queue knows. */
  record(download: ModelDownload): ModelDownloadProgress {
    const run = this.#runs.get(download.modelId);
    return run === undefined ? download.progress : this.#withQueue(run);
  }

  /** Lets running downloads keep what they have; they are offered again at the next start. */
  async shutDown(): Promise<void> {
    await Promise.all(this.downloads().map((download) => download.pause()));
    this.dispose();
  }

  dispose(): void {
    this.#watching.dispose();
    this.speech.dispose();
    this.#ports.engine.dispose();
    this.#ports.catalog.dispose();
    this.#onDidChangeDownload.dispose();
    this.#onDidChangeModels.dispose();
  }

  /** A model that is on the disk, else what its download brings. */
  async #wholeModel(modelId: string): Promise<DownloadedModel> {
    const there = (await this.downloadedModels()).find((model) => model.modelId === modelId);
    return there ?? (await (await this.download(modelId)).finished);
  }

  #unfinished(modelId: string): DownloadRun | undefined {
    const run = this.#runs.get(modelId);
    if (run === undefined || isFinal(run.progress.status)) return undefined;
    run.resume();
    return run;
  }

  #withQueue(run: DownloadRun): ModelDownloadProgress {
    const waiting = this.#queue.waiting.length;
    return run === this.#queue.active && waiting > 0
      ? { ...run.progress, queuedBehind: waiting }
      : run.progress;
  }

  #changed(run: DownloadRun): void {
    const { status } = run.progress;
    if (status === 'cancelled' || status === 'completed' || status === 'paused')
      this.#queue.remove(run);
    if (status === 'completed') this.library.forgetUpdate(run.modelId);
    if (status === 'cancelled' || status === 'completed') this.#runs.delete(run.modelId);
    this.#onDidChangeDownload.fire(this.#withQueue(run));
    if (isFinal(status) || status === 'paused') this.refresh();
  }
}
