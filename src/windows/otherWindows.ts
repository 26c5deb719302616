import type { CatalogModel } from '../catalog';
import { causeText, toAsrError } from '../common/asrError';
import type { Clock } from '../common/clock';
import { type Disposable, DisposableStore, toDisposable } from '../common/disposable';
import { Emitter } from '../common/event';
import type { Logger } from '../common/logger';
import type { DownloadedModel } from '../protocol/downloadedModel';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import { queuedRecord, settledRecord } from '../protocol/downloadRecord';
import { isAtWork } from '../protocol/phase';
import { type Downloads, isUnfinished, type ModelDownload } from './downloads';
import { RemoteDownload } from './remoteDownload';
import type {
  DownloadLease,
  DownloadRequest,
  SharedDownload,
  SharedDownloads,
} from './sharedDownloads';

/** While a download is shared, its owner may end and the system may miss a change of the folder. */
const pollEveryMs = 1_000;
/** A window that is only reloaded is back before this and continues its download itself. */
const abandonedAfterMs = 6_000;

/** The dependencies of {@link OtherWindows}; the functions give the knowledge of `models` about a download. */
interface OtherWindowsDependencies {
  readonly windows: SharedDownloads;
  readonly downloads: Downloads;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newDownloadId: () => string;
  /** Starts a download of this window's own under this id. */
  readonly begin: (model: CatalogModel, downloadId: string) => ModelDownload;
  readonly findModel: (modelId: string) => Promise<CatalogModel>;
  /** The model as the disk has it now; undefined when it isn't whole. */
  readonly downloaded: (modelId: string) => Promise<DownloadedModel | undefined>;
  /** Removes the partial files of a cancelled download whose owner ended before it could. */
  readonly discardPartials: (modelId: string) => Promise<void>;
}

/**
 * This window among the others on the same cache. It publishes this window's downloads and obeys requests for
 * them; it shows the downloads of other windows, joins one that is started here too, and takes it over when its owner
 * ends. The rules are in `index.ts`.
 */
export class OtherWindows implements Disposable {
  readonly #dependencies: OtherWindowsDependencies;
  readonly #downloads: Downloads;
  readonly #claims = new Map<string, DownloadLease>();
  readonly #starting = new Map<string, Promise<ModelDownload>>();
  readonly #unfinishedWork = new Set<Promise<void>>();
  readonly #disposables = new DisposableStore();
  readonly #onDidAbandon = this.#disposables.add(new Emitter<ModelDownloadProgress>());
  readonly #onDidAdd = this.#disposables.add(new Emitter<string>());
  readonly #onDidChangeModels = this.#disposables.add(new Emitter<undefined>());
  readonly #polls: PollLoop;
  #changeStamp: string | undefined;
  #isExpiring = false;

  /** The owner of a download ended for good, no window took over, and this window had not asked for the model. */
  readonly onDidAbandon = this.#onDidAbandon.event;
  /** A download of another window appeared; the model's id. */
  readonly onDidAdd = this.#onDidAdd.event;
  /** Another window changed the contents of the cache. */
  readonly onDidChangeModels = this.#onDidChangeModels.event;
  /** Settles when the other windows' downloads are known for the first time. */
  readonly ready: Promise<void>;

  constructor(dependencies: OtherWindowsDependencies) {
    this.#dependencies = dependencies;
    const { downloads, windows, clock } = dependencies;
    this.#downloads = downloads;
    this.#polls = this.#disposables.add(
      new PollLoop(
        clock,
        pollEveryMs,
        () => this.#poll(),
        () => this.downloads.length + this.#claims.size > 0 || this.#isExpiring,
      ),
    );
    this.#disposables.add(windows.watch(() => void this.#polls.now()));
    this.#disposables.add(downloads.onDidChange((record) => this.#publish(record)));
    this.ready = this.#polls.now();
  }

  /** Downloads that other windows own. */
  get downloads(): readonly RemoteDownload[] {
    return this.#downloads.ofClass(RemoteDownload);
  }

  /** Reads at once what the other windows do: a change of the folder is not always told in time. */
  refresh(): Promise<void> {
    return this.#polls.now();
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

  /**
   * Continues the download of another window here, which a person says is gone. Does nothing when that window has no
   * download of the model any more.
   */
  async takeOver(modelId: string): Promise<void> {
    const remote = this.#remote(modelId);
    if (remote === undefined) return;
    const { windows, logger } = this.#dependencies;
    logger.warn(`the download of ${modelId} is taken over from a window that does not answer`);
    await this.#takeOver(remote, (...of) => windows.takeOver(...of));
  }

  /** Informs the other windows that this window changed the contents of the cache. */
  announceChange(): void {
    if (!this.#disposables.isDisposed) this.#untilDone(this.#dependencies.windows.announceChange());
  }

  /** The right to ask the person about unfinished downloads; undefined while another window is asking. */
  async claimOffer(modelId: string): Promise<Disposable | undefined> {
    const lock = await this.#dependencies.windows.claimOffer(modelId).catch(() => undefined);
    return lock === undefined ? undefined : toDisposable(() => void lock.release());
  }

  /** Ends the ownership of all downloads, so that other windows may take over at once. */
  async close(): Promise<void> {
    this.dispose();
    await Promise.all(this.#unfinishedWork);
  }

  dispose(): void {
    if (this.#disposables.isDisposed) return;
    this.#disposables.dispose();
    for (const claim of this.#claims.values()) this.#untilDone(claim.release());
    this.#claims.clear();
  }

  /** Publishes a record of this window's downloads; a final one ends the ownership. */
  #publish(record: ModelDownloadProgress): void {
    if (record.inOtherWindow === true) return;
    const claim = this.#claims.get(record.modelId);
    claim?.publish(record);
    if (!isFinal(record.status)) return;
    this.#claims.delete(record.modelId);
    if (claim !== undefined) this.#untilDone(claim.release());
    this.announceChange();
  }

  #remote(modelId: string): RemoteDownload | undefined {
    const download = this.#downloads.get(modelId);
    return download instanceof RemoteDownload ? download : undefined;
  }

  /** This window's own download of a model that has not ended. */
  #local(modelId: string): ModelDownload | undefined {
    const download = this.#downloads.get(modelId);
    if (download === undefined || download instanceof RemoteDownload) return undefined;
    return isUnfinished(download) ? download : undefined;
  }

  /** Keeps work for {@link close} to wait for. It never rejects. */
  #untilDone(work: Promise<void>): void {
    this.#unfinishedWork.add(work);
    void work.finally(() => this.#unfinishedWork.delete(work));
  }

  async #start(model: CatalogModel): Promise<ModelDownload> {
    const remote = this.#remote(model.id);
    if (remote !== undefined) {
      remote.join();
      return remote;
    }
    const downloadId = this.#dependencies.newDownloadId();
    const ownedAs = await this.#claim(model, downloadId);
    if (ownedAs === undefined) return this.#dependencies.begin(model, downloadId);
    const joined = this.#remote(model.id) ?? this.#add(queuedRecord(ownedAs, model.id, model.name));
    joined.join();
    void this.#polls.now();
    return joined;
  }

  /** Undefined when this window owns the download now, else the id under which another window owns it. */
  async #claim(
    model: CatalogModel,
    downloadId: string,
    take: SharedDownloads['claim'] = (...of) => this.#dependencies.windows.claim(...of),
  ): Promise<string | undefined> {
    try {
      const answer = await take(model.id, downloadId);
      if ('ownedAs' in answer) return answer.ownedAs;
      this.#claims.set(model.id, answer.claim);
    } catch (error) {
      // The state folder can't be written: the download itself fails with an error for the person.
      this.#dependencies.logger.warn(`${model.id} could not be claimed: ${causeText(error)}`);
    }
    this.#polls.schedule();
    return undefined;
  }

  #add(record: ModelDownloadProgress): RemoteDownload {
    const { windows, clock } = this.#dependencies;
    const remote = new RemoteDownload(record, clock, (downloadId, request) =>
      windows.sendRequest(record.modelId, downloadId, request),
    );
    this.#downloads.add(remote);
    this.#onDidAdd.fire(record.modelId);
    return remote;
  }

  async #poll(): Promise<void> {
    try {
      await this.#pollOnce();
    } catch (error) {
      this.#dependencies.logger.debug(`the other windows could not be polled: ${causeText(error)}`);
    }
  }

  async #pollOnce(): Promise<void> {
    const { downloads, requests, changeStamp, isExpiring } =
      await this.#dependencies.windows.poll();
    if (this.#disposables.isDisposed) return;
    this.#isExpiring = isExpiring;
    for (const { modelId, request } of requests) this.#obey(modelId, request);
    for (const download of downloads) await this.#follow(download);
    const polled = new Set(downloads.map(({ record }) => record.modelId));
    for (const remote of this.downloads) {
      if (polled.has(remote.modelId)) continue;
      if (!(await this.#dependencies.windows.isOwned(remote.modelId)))
        await this.#ownerIsGone(remote);
    }
    const hasChanged = this.#changeStamp !== undefined && this.#changeStamp !== changeStamp;
    this.#changeStamp = changeStamp;
    if (hasChanged) this.#onDidChangeModels.fire(undefined);
  }

  #obey(modelId: string, request: DownloadRequest): void {
    const local = this.#local(modelId);
    this.#dependencies.logger.info(`another window asks: ${request} ${modelId}`);
    if (request === 'resume') {
      local?.resume();
      return;
    }
    void local?.[request]().catch((error: unknown) =>
      this.#dependencies.logger.warn(`${request} ${modelId}: ${causeText(error)}`),
    );
  }

  async #follow({ record: written, isOwned, isFresh }: SharedDownload): Promise<void> {
    // The figures of an old record are outdated.
    const record =
      isFresh || !isAtWork(written.status)
        ? written
        : { ...settledRecord(written, written.status), isOwnerSilent: true as const };
    const known = this.#remote(record.modelId);
    if (isFinal(record.status)) {
      // The final record of an earlier run is not one of the download that runs now.
      if (known !== undefined && (known.downloadId === record.downloadId || !isOwned)) {
        await this.#end(known, record);
      }
      return;
    }
    if (!isOwned) {
      if (known !== undefined) await this.#ownerIsGone(known);
      return;
    }
    if (this.#local(record.modelId) !== undefined) return;
    const remote = known ?? this.#add(record);
    if (remote.follow(record) || known === undefined) this.#downloads.report(remote.progress);
  }

  async #end(remote: RemoteDownload, record: ModelDownloadProgress): Promise<void> {
    this.#downloads.remove(remote);
    const model =
      record.status === 'completed'
        ? await this.#dependencies.downloaded(record.modelId)
        : undefined;
    remote.follow(record);
    remote.endAsRecorded(record, model);
    this.#downloads.report(remote.progress);
    this.#onDidChangeModels.fire(undefined);
  }

  async #ownerIsGone(remote: RemoteDownload): Promise<void> {
    const { modelId } = remote;
    this.#dependencies.logger.info(`the window that downloaded ${modelId} is gone`);
    if (remote.isCancelWanted) {
      await this.#dependencies.windows.removeAbandoned(modelId);
      await this.#dependencies.discardPartials(modelId);
      await this.#end(remote, settledRecord(remote.progress, 'cancelled'));
    } else if (remote.isWanted) await this.#takeOver(remote);
    else this.#abandon(remote);
  }

  /** Continues a download in this window, if it gets the ownership. */
  async #takeOver(
    remote: RemoteDownload,
    take: SharedDownloads['claim'] = (...of) => this.#dependencies.windows.claim(...of),
  ): Promise<void> {
    let model: CatalogModel;
    try {
      model = await this.#dependencies.findModel(remote.modelId);
    } catch (error) {
      this.#downloads.remove(remote);
      remote.end(toAsrError(error));
      this.#onDidChangeModels.fire(undefined);
      return;
    }
    // One of the windows that wait for the model gets the ownership; the others follow it.
    const ownedAs = await this.#claim(model, remote.downloadId, take);
    if (ownedAs !== undefined) return;
    const wasPaused = remote.progress.status === 'paused';
    const successor = this.#dependencies.begin(model, remote.downloadId);
    remote.continueAs(successor);
    if (wasPaused) await successor.pause();
  }

  #abandon(remote: RemoteDownload): void {
    const { modelId } = remote;
    this.#downloads.remove(remote);
    remote.follow(settledRecord(remote.progress, 'paused'));
    this.#downloads.report(remote.progress);
    this.#onDidChangeModels.fire(undefined);
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
    const isTaken = this.#remote(modelId) !== undefined || this.#local(modelId) !== undefined;
    if (isTaken || (await this.#dependencies.windows.isOwned(modelId))) return;
    await this.#dependencies.windows.removeAbandoned(modelId);
    this.#onDidAbandon.fire(record);
  }
}

/** Polls one after the other: when one is requested, and at intervals while `shouldRepeat` says so. */
class PollLoop implements Disposable {
  readonly #clock: Clock;
  readonly #everyMs: number;
  /** Never rejects. */
  readonly #poll: () => Promise<void>;
  readonly #shouldRepeat: () => boolean;
  #polling: Promise<void> | undefined;
  #isRequested = false;
  #isDisposed = false;
  #next: Disposable | undefined;

  constructor(
    clock: Clock,
    everyMs: number,
    poll: () => Promise<void>,
    shouldRepeat: () => boolean,
  ) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#poll = poll;
    this.#shouldRepeat = shouldRepeat;
  }

  /** Polls now, or once more after the poll that is running; settles when all requested polls are done. */
  now(): Promise<void> {
    this.#isRequested = true;
    this.#polling ??= this.#untilQuiet().finally(() => {
      this.#polling = undefined;
      this.schedule();
    });
    return this.#polling;
  }

  /** To be called when `shouldRepeat` may have become true. */
  schedule(): void {
    this.#next?.dispose();
    if (this.#isDisposed || !this.#shouldRepeat()) return;
    this.#next = this.#clock.after(this.#everyMs, () => void this.now());
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#next?.dispose();
  }

  async #untilQuiet(): Promise<void> {
    while (this.#isRequested && !this.#isDisposed) {
      this.#isRequested = false;
      await this.#poll();
    }
  }
}
