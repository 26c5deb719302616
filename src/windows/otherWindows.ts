import type { CatalogModel } from '../catalog';
import { causeText, toAsrError } from '../common/asrError';
import type { Clock } from '../common/clock';
import { type Disposable, DisposableStore, toDisposable } from '../common/disposable';
import { Emitter } from '../common/event';
import type { Logger } from '../common/logger';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import { queuedRecord, settledRecord } from '../protocol/downloadRecord';
import type {
  DownloadLease,
  DownloadRequest,
  SharedDownload,
  SharedDownloads,
} from './sharedDownloads';
import { RemoteDownload } from './remoteDownload';
import { PollLoop } from './pollLoop';
import type { ModelDownload } from './modelDownload';
import type { LocalWindow } from './localWindow';

/** While a download is shared, owners may die and systems may forget to tell: so often one looks unasked. */
const pollEveryMs = 1_000;
/** A window that is only reloaded is back by then, and offers to go on itself. */
const abandonedAfterMs = 6_000;

interface OtherWindowsDependencies {
  readonly windows: SharedDownloads;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newDownloadId: () => string;
}

/**
 * This window among the others on the same state folder: it tells of its own downloads and obeys what is asked of
 * them, shows the others' downloads, joins one that is asked for here too, and takes it over when its owner goes away.
 */
export class OtherWindows implements Disposable {
  readonly #dependencies: OtherWindowsDependencies;
  readonly #window: LocalWindow;
  readonly #remote = new Map<string, RemoteDownload>();
  readonly #claims = new Map<string, DownloadLease>();
  readonly #starting = new Map<string, Promise<ModelDownload>>();
  readonly #unfinishedWork = new Set<Promise<void>>();
  readonly #disposables = new DisposableStore();
  readonly #onDidAbandon = new Emitter<ModelDownloadProgress>();
  readonly #polls: PollLoop;
  #changeStamp: string | undefined;

  /** The owner of a download went away for good, nobody took over, and nobody here had asked for it. */
  readonly onDidAbandon = this.#onDidAbandon.event;
  /** Settles when the other windows' downloads are known for the first time. */
  readonly ready: Promise<void>;

  constructor(ports: OtherWindowsDependencies, window: LocalWindow) {
    this.#dependencies = ports;
    this.#window = window;
    this.#polls = this.#disposables.add(
      new PollLoop(
        ports.clock,
        pollEveryMs,
        () => this.#poll(),
        () => this.#remote.size + this.#claims.size > 0,
      ),
    );
    this.#disposables.add(ports.windows.watch(() => void this.#polls.now()));
    this.ready = this.#polls.now();
  }

  /** Downloads that other windows own. */
  get downloads(): readonly RemoteDownload[] {
    return [...this.#remote.values()];
  }

  /** Becomes the owner of a model's download, or joins the one that another window owns. */
  start(model: CatalogModel): Promise<ModelDownload> {
    const starting = this.#starting.get(model.id);
    if (starting !== undefined) return starting;
    const begun = this.#start(model).finally(() => {
      this.#starting.delete(model.id);
    });
    this.#starting.set(model.id, begun);
    return begun;
  }

  /** Tells the others of a download of this window; a final record ends its ownership. */
  publish(record: ModelDownloadProgress): void {
    const claim = this.#claims.get(record.modelId);
    claim?.publish(record);
    if (!isFinal(record.status)) return;
    this.#claims.delete(record.modelId);
    if (claim !== undefined) this.#untilDone(claim.release());
  }

  /** Something else in the cache was changed by this window. */
  announceChange(): void {
    if (!this.#disposables.isDisposed) this.#untilDone(this.#dependencies.windows.announceChange());
  }

  /** The right to ask the person about unfinished downloads; undefined while another window is asking. */
  async claimOffer(modelId: string): Promise<Disposable | undefined> {
    const lock = await this.#dependencies.windows.claimOffer(modelId).catch(() => undefined);
    return lock === undefined ? undefined : toDisposable(() => void lock.release());
  }

  /** Gives up what this window owns, so that others may take over at once. */
  async close(): Promise<void> {
    this.dispose();
    await Promise.all(this.#unfinishedWork);
  }

  dispose(): void {
    if (this.#disposables.isDisposed) return;
    this.#disposables.dispose();
    this.#onDidAbandon.dispose();
    for (const claim of this.#claims.values()) this.#untilDone(claim.release());
    this.#claims.clear();
  }

  /** Remembers work that nobody waits for but {@link close}. It never rejects. */
  #untilDone(work: Promise<void>): void {
    this.#unfinishedWork.add(work);
    void work.finally(() => this.#unfinishedWork.delete(work));
  }

  async #start(model: CatalogModel): Promise<ModelDownload> {
    const remote = this.#remote.get(model.id);
    if (remote !== undefined) {
      remote.join();
      return remote;
    }
    const downloadId = this.#dependencies.newDownloadId();
    const ownedAs = await this.#claim(model, downloadId);
    if (ownedAs === undefined) return this.#window.begin(model, downloadId);
    const joined =
      this.#remote.get(model.id) ?? this.#add(queuedRecord(ownedAs, model.id, model.name));
    joined.join();
    void this.#polls.now();
    return joined;
  }

  /** Undefined: this window owns the download now. Else the id under which another one does. */
  async #claim(model: CatalogModel, downloadId: string): Promise<string | undefined> {
    try {
      const answer = await this.#dependencies.windows.claim(model.id, downloadId);
      if ('ownedAs' in answer) return answer.ownedAs;
      this.#claims.set(model.id, answer.claim);
    } catch (error) {
      // Nothing can be written there: the download itself will say so in words for a person.
      this.#dependencies.logger.warn(`${model.id} could not be claimed: ${causeText(error)}`);
    }
    this.#polls.schedule();
    return undefined;
  }

  #add(record: ModelDownloadProgress): RemoteDownload {
    const { windows, clock } = this.#dependencies;
    const remote = new RemoteDownload(record, {
      clock,
      ask: (downloadId, wish) => windows.sendRequest(record.modelId, downloadId, wish),
    });
    this.#remote.set(record.modelId, remote);
    this.#window.onRemoteDownload(record.modelId);
    return remote;
  }

  async #poll(): Promise<void> {
    try {
      await this.#pollOnce();
    } catch (error) {
      this.#dependencies.logger.debug(`other windows could not be looked at: ${causeText(error)}`);
    }
  }

  async #pollOnce(): Promise<void> {
    const { downloads, requests, changeStamp } = await this.#dependencies.windows.poll();
    if (this.#disposables.isDisposed) return;
    for (const { modelId, request } of requests) this.#obey(modelId, request);
    for (const download of downloads) await this.#follow(download);
    const told = new Set(downloads.map(({ record }) => record.modelId));
    for (const remote of this.#remote.values()) {
      if (told.has(remote.modelId)) continue;
      if (!(await this.#dependencies.windows.isOwned(remote.modelId)))
        await this.#ownerIsGone(remote);
    }
    const hasChanged = this.#changeStamp !== undefined && this.#changeStamp !== changeStamp;
    this.#changeStamp = changeStamp;
    if (hasChanged) this.#window.modelsChanged();
  }

  #obey(modelId: string, request: DownloadRequest): void {
    const own = this.#window.localDownload(modelId);
    this.#dependencies.logger.info(`another window asks: ${request} ${modelId}`);
    if (request === 'resume') {
      own?.resume();
      return;
    }
    void own?.[request]().catch((error: unknown) =>
      this.#dependencies.logger.warn(`${request} ${modelId}: ${causeText(error)}`),
    );
  }

  async #follow({ record, isOwned }: SharedDownload): Promise<void> {
    const known = this.#remote.get(record.modelId);
    if (isFinal(record.status)) {
      // The last word on an earlier run says nothing about the one that goes on.
      if (known !== undefined && (known.downloadId === record.downloadId || !isOwned)) {
        await this.#end(known, record);
      }
      return;
    }
    if (!isOwned) {
      if (known !== undefined) await this.#ownerIsGone(known);
      return;
    }
    if (this.#window.localDownload(record.modelId) !== undefined) return;
    const remote = known ?? this.#add(record);
    if (remote.follow(record) || known === undefined) this.#window.changed(remote.progress);
  }

  async #end(remote: RemoteDownload, record: ModelDownloadProgress): Promise<void> {
    this.#remote.delete(record.modelId);
    const model =
      record.status === 'completed' ? await this.#window.downloaded(record.modelId) : undefined;
    remote.follow(record);
    remote.endAsRecorded(record, model);
    this.#window.changed(remote.progress);
    this.#window.modelsChanged();
  }

  async #ownerIsGone(remote: RemoteDownload): Promise<void> {
    const { modelId } = remote;
    this.#dependencies.logger.info(`the window that downloaded ${modelId} is gone`);
    if (remote.isCancelWanted) {
      await this.#dependencies.windows.removeAbandoned(modelId);
      await this.#window.discardPartials(modelId);
      await this.#end(remote, settledRecord(remote.progress, 'cancelled'));
    } else if (remote.isWanted) await this.#takeOver(remote);
    else this.#abandon(remote);
  }

  async #takeOver(remote: RemoteDownload): Promise<void> {
    let model: CatalogModel;
    try {
      model = await this.#window.findModel(remote.modelId);
    } catch (error) {
      this.#remote.delete(remote.modelId);
      remote.end(toAsrError(error));
      this.#window.modelsChanged();
      return;
    }
    // Of several windows that wait for it one gets it; the others follow that one.
    const ownedAs = await this.#claim(model, remote.downloadId);
    if (ownedAs !== undefined) return;
    const wasPaused = remote.progress.status === 'paused';
    this.#remote.delete(remote.modelId);
    const successor = this.#window.begin(model, remote.downloadId);
    remote.continueAs(successor);
    if (wasPaused) await successor.pause();
  }

  #abandon(remote: RemoteDownload): void {
    const { modelId } = remote;
    this.#remote.delete(modelId);
    remote.follow(settledRecord(remote.progress, 'paused'));
    this.#window.changed(remote.progress);
    this.#window.modelsChanged();
    const record = remote.progress;
    const later = this.#dependencies.clock.after(abandonedAfterMs, () => {
      void this.#reportAbandoned(record).catch((error: unknown) =>
        this.#dependencies.logger.debug(`${modelId}: ${causeText(error)}`),
      );
    });
    this.#disposables.add(later);
  }

  async #reportAbandoned(record: ModelDownloadProgress): Promise<void> {
    const { modelId } = record;
    const isTaken = this.#remote.has(modelId) || this.#window.localDownload(modelId) !== undefined;
    if (isTaken || (await this.#dependencies.windows.isOwned(modelId))) return;
    await this.#dependencies.windows.removeAbandoned(modelId);
    this.#onDidAbandon.fire(record);
  }
}
