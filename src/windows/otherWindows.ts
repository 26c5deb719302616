import type {
  DownloadClaim,
  DownloadWish,
  OtherDownload,
  SharedDownloads,
} from './sharedDownloads';
import type { CatalogModel } from '../catalog';
import { causeText, toAsrError } from '../common/asrError';
import type { Clock } from '../common/clock';
import { type Disposable, DisposableStore, toDisposable } from '../common/disposable';
import { Emitter } from '../common/event';
import type { Logger } from '../common/logger';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import { queuedRecord, settledRecord } from '../protocol/downloadRecord';
import { ForeignDownload } from './foreignDownload';
import { LookLoop } from './lookLoop';
import type { ModelDownload } from './modelDownload';
import type { ThisWindow } from './thisWindow';

/** While a download is shared, owners may die and systems may forget to tell: so often one looks unasked. */
const lookEveryMs = 1_000;
/** A window that is only reloaded is back by then, and offers to go on itself. */
const abandonedAfterMs = 6_000;

interface OtherWindowsPorts {
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
  readonly #ports: OtherWindowsPorts;
  readonly #window: ThisWindow;
  readonly #foreign = new Map<string, ForeignDownload>();
  readonly #claims = new Map<string, DownloadClaim>();
  readonly #starting = new Map<string, Promise<ModelDownload>>();
  readonly #unfinishedWork = new Set<Promise<void>>();
  readonly #disposables = new DisposableStore();
  readonly #onDidAbandon = new Emitter<ModelDownloadProgress>();
  readonly #looks: LookLoop;
  #changeStamp: string | undefined;

  /** The owner of a download went away for good, nobody took over, and nobody here had asked for it. */
  readonly onDidAbandon = this.#onDidAbandon.event;
  /** Settles when the other windows' downloads are known for the first time. */
  readonly ready: Promise<void>;

  constructor(ports: OtherWindowsPorts, window: ThisWindow) {
    this.#ports = ports;
    this.#window = window;
    this.#looks = this.#disposables.add(
      new LookLoop(
        ports.clock,
        lookEveryMs,
        () => this.#look(),
        () => this.#foreign.size + this.#claims.size > 0,
      ),
    );
    this.#disposables.add(ports.windows.watch(() => void this.#looks.now()));
    this.ready = this.#looks.now();
  }

  /** Downloads that other windows own. */
  get downloads(): readonly ForeignDownload[] {
    return [...this.#foreign.values()];
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
  tell(record: ModelDownloadProgress): void {
    const claim = this.#claims.get(record.modelId);
    claim?.tell(record);
    if (!isFinal(record.status)) return;
    this.#claims.delete(record.modelId);
    if (claim !== undefined) this.#untilDone(claim.release());
  }

  /** Something else in the cache was changed by this window. */
  announceChange(): void {
    if (!this.#disposables.isDisposed) this.#untilDone(this.#ports.windows.announceChange());
  }

  /** The right to ask the person about unfinished downloads; undefined while another window is asking. */
  async claimOffer(modelId: string): Promise<Disposable | undefined> {
    const lock = await this.#ports.windows.claimOffer(modelId).catch(() => undefined);
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
    const foreign = this.#foreign.get(model.id);
    if (foreign !== undefined) {
      foreign.join();
      return foreign;
    }
    const downloadId = this.#ports.newDownloadId();
    const ownedAs = await this.#claim(model, downloadId);
    if (ownedAs === undefined) return this.#window.begin(model, downloadId);
    const joined =
      this.#foreign.get(model.id) ?? this.#add(queuedRecord(ownedAs, model.id, model.name));
    joined.join();
    void this.#looks.now();
    return joined;
  }

  /** Undefined: this window owns the download now. Else the id under which another one does. */
  async #claim(model: CatalogModel, downloadId: string): Promise<string | undefined> {
    try {
      const answer = await this.#ports.windows.claim(model.id, downloadId);
      if ('ownedAs' in answer) return answer.ownedAs;
      this.#claims.set(model.id, answer.claim);
    } catch (error) {
      // Nothing can be written there: the download itself will say so in words for a person.
      this.#ports.logger.warn(`${model.id} could not be claimed: ${causeText(error)}`);
    }
    this.#looks.schedule();
    return undefined;
  }

  #add(record: ModelDownloadProgress): ForeignDownload {
    const { windows, clock } = this.#ports;
    const foreign = new ForeignDownload(record, {
      clock,
      ask: (downloadId, wish) => windows.ask(record.modelId, downloadId, wish),
    });
    this.#foreign.set(record.modelId, foreign);
    this.#window.came(record.modelId);
    return foreign;
  }

  async #look(): Promise<void> {
    try {
      await this.#lookOnce();
    } catch (error) {
      this.#ports.logger.debug(`other windows could not be looked at: ${causeText(error)}`);
    }
  }

  async #lookOnce(): Promise<void> {
    const { downloads, wishes, changeStamp } = await this.#ports.windows.look();
    if (this.#disposables.isDisposed) return;
    for (const { modelId, wish } of wishes) this.#obey(modelId, wish);
    for (const download of downloads) await this.#follow(download);
    const told = new Set(downloads.map(({ record }) => record.modelId));
    for (const foreign of this.#foreign.values()) {
      if (told.has(foreign.modelId)) continue;
      if (!(await this.#ports.windows.isOwned(foreign.modelId))) await this.#ownerIsGone(foreign);
    }
    const hasChanged = this.#changeStamp !== undefined && this.#changeStamp !== changeStamp;
    this.#changeStamp = changeStamp;
    if (hasChanged) this.#window.modelsChanged();
  }

  #obey(modelId: string, wish: DownloadWish): void {
    const own = this.#window.own(modelId);
    this.#ports.logger.info(`another window asks: ${wish} ${modelId}`);
    if (wish === 'resume') {
      own?.resume();
      return;
    }
    void own?.[wish]().catch((error: unknown) => {
      this.#ports.logger.warn(`${wish} ${modelId}: ${causeText(error)}`);
    });
  }

  async #follow({ record, isOwned }: OtherDownload): Promise<void> {
    const known = this.#foreign.get(record.modelId);
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
    if (this.#window.own(record.modelId) !== undefined) return;
    const foreign = known ?? this.#add(record);
    if (foreign.follow(record) || known === undefined) this.#window.changed(foreign.progress);
  }

  async #end(foreign: ForeignDownload, record: ModelDownloadProgress): Promise<void> {
    this.#foreign.delete(record.modelId);
    const model =
      record.status === 'completed' ? await this.#window.downloaded(record.modelId) : undefined;
    foreign.follow(record);
    foreign.endAsTold(record, model);
    this.#window.changed(foreign.progress);
    this.#window.modelsChanged();
  }

  async #ownerIsGone(foreign: ForeignDownload): Promise<void> {
    const { modelId } = foreign;
    this.#ports.logger.info(`the window that downloaded ${modelId} is gone`);
    if (foreign.isCancelWanted) {
      await this.#ports.windows.sweep(modelId);
      await this.#window.discardPartials(modelId);
      await this.#end(foreign, settledRecord(foreign.progress, 'cancelled'));
    } else if (foreign.isWanted) await this.#takeOver(foreign);
    else this.#abandon(foreign);
  }

  async #takeOver(foreign: ForeignDownload): Promise<void> {
    let model: CatalogModel;
    try {
      model = await this.#window.findModel(foreign.modelId);
    } catch (error) {
      this.#foreign.delete(foreign.modelId);
      foreign.end(toAsrError(error));
      this.#window.modelsChanged();
      return;
    }
    // Of several windows that wait for it one gets it; the others follow that one.
    const ownedAs = await this.#claim(model, foreign.downloadId);
    if (ownedAs !== undefined) return;
    const wasPaused = foreign.progress.status === 'paused';
    this.#foreign.delete(foreign.modelId);
    const successor = this.#window.begin(model, foreign.downloadId);
    foreign.continueAs(successor);
    if (wasPaused) await successor.pause();
  }

  #abandon(foreign: ForeignDownload): void {
    const { modelId } = foreign;
    this.#foreign.delete(modelId);
    foreign.follow(settledRecord(foreign.progress, 'paused'));
    this.#window.changed(foreign.progress);
    this.#window.modelsChanged();
    const record = foreign.progress;
    const later = this.#ports.clock.after(abandonedAfterMs, () => {
      void this.#tellAbandoned(record).catch((error: unknown) => {
        this.#ports.logger.debug(`${modelId}: ${causeText(error)}`);
      });
    });
    this.#disposables.add(later);
  }

  async #tellAbandoned(record: ModelDownloadProgress): Promise<void> {
    const { modelId } = record;
    const isTaken = this.#foreign.has(modelId) || this.#window.own(modelId) !== undefined;
    if (isTaken || (await this.#ports.windows.isOwned(modelId))) return;
    await this.#ports.windows.sweep(modelId);
    this.#onDidAbandon.fire(record);
  }
}
