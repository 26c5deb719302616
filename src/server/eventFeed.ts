import type { Clock } from '../common/clock';
import { type Disposable, DisposableStore, toDisposable } from '../common/disposable';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import { progressMessage } from '../protocol/progressMessage';
import { tryLater } from './httpError';
import type { ServedModels, ServerLimits } from './serverOptions';

/** Downloads whose newest record waits for one reader; more are never shown at once. */
const mostPending = 64;
const keepAliveMs = 15_000;

/** Where the messages of one reader go. */
export interface EventSink {
  /** Hands a message to the socket. */
  send(text: string): void;
  /** Something that shows whether the reader is there. */
  keepAlive(): void;
  /** The socket has not yet taken what it was given. */
  readonly isBusy: boolean;
  close(): void;
}

/** The events that a reader has not been given yet: of each download only the newest record. */
interface Pending {
  readonly downloads: Map<string, ModelDownloadProgress>;
  modelsChanged: boolean;
}

/**
 * Pushes the changes of downloads and models to readers. A slow one costs a bounded memory: while its socket is busy,
 * newer records replace older ones, and one that takes nothing for a while is disconnected.
 */
export class EventFeed implements Disposable {
  readonly #models: ServedModels;
  readonly #clock: Clock;
  readonly #limits: ServerLimits;
  readonly #readers = new Set<EventReader>();
  readonly #disposables = new DisposableStore();

  constructor(models: ServedModels, clock: Clock, limits: ServerLimits) {
    this.#models = models;
    this.#clock = clock;
    this.#limits = limits;
    this.#disposables.add(
      models.onDidChangeDownload((record) => {
        for (const reader of this.#readers) reader.download(record);
      }),
    );
    this.#disposables.add(
      models.onDidChangeModels(() => {
        for (const reader of this.#readers) reader.models();
      }),
    );
  }

  /** Throws 503 when there are as many readers as there may be. */
  checkRoom(): void {
    if (this.#readers.size < this.#limits.eventReaders) return;
    throw tryLater(503, 'As many programs follow the events as may. Close one of them.');
  }

  /**
   * Adds a reader, whose first message is the current state: the downloads that run, or `idle`. Throws 503 when there is no
   * room; a reader that can't be served is disconnected.
   */
  subscribe(sink: EventSink): EventReader {
    this.checkRoom();
    const reader = new EventReader(sink, this.#clock, this.#limits.readerIdleMs, () =>
      this.#readers.delete(reader),
    );
    this.#readers.add(reader);
    this.#models
      .get()
      .then((manager) => {
        const running = manager.downloads().filter(({ progress }) => progress.status !== 'error');
        reader.begin(running.map((download) => manager.record(download)));
      })
      .catch(() => reader.dispose());
    return reader;
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const reader of this.#readers) reader.dispose();
  }
}

/** One reader: what it was given and what waits for it. */
class EventReader implements Disposable {
  readonly #sink: EventSink;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #pending: Pending = { downloads: new Map(), modelsChanged: false };
  readonly #disposables = new DisposableStore();
  #hasBegun = false;
  #patience: Disposable | undefined;
  #keepAlive: Disposable | undefined;

  constructor(sink: EventSink, clock: Clock, idleMs: number, onEnd: () => void) {
    this.#sink = sink;
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#disposables.add(
      toDisposable(() => {
        this.#patience?.dispose();
        this.#keepAlive?.dispose();
        onEnd();
        sink.close();
      }),
    );
    this.#stayAlive();
  }

  /** The current state, before anything that has changed since. */
  begin(records: readonly ModelDownloadProgress[]): void {
    if (this.#disposables.isDisposed) return;
    if (records.length === 0) this.#sink.send(JSON.stringify({ type: 'idle' }));
    for (const record of records) this.#sink.send(JSON.stringify(progressMessage(record)));
    this.#hasBegun = true;
    this.flush();
  }

  download(record: ModelDownloadProgress): void {
    const { downloads } = this.#pending;
    downloads.delete(record.downloadId);
    downloads.set(record.downloadId, record);
    const [oldest] = downloads.keys();
    if (downloads.size > mostPending && oldest !== undefined) downloads.delete(oldest);
    this.flush();
  }

  models(): void {
    this.#pending.modelsChanged = true;
    this.flush();
  }

  /** Gives the reader what waits for it, as far as its socket takes it. To be called when that is free again. */
  flush(): void {
    if (!this.#hasBegun || this.#disposables.isDisposed) return;
    const { downloads } = this.#pending;
    for (const [id, record] of downloads) {
      if (this.#sink.isBusy) break;
      downloads.delete(id);
      this.#sink.send(JSON.stringify(progressMessage(record)));
    }
    if (this.#pending.modelsChanged && !this.#sink.isBusy) {
      this.#pending.modelsChanged = false;
      this.#sink.send(JSON.stringify({ type: 'models_changed' }));
    }
    if (!this.#sink.isBusy) {
      this.#patience?.dispose();
      this.#patience = undefined;
    } else {
      this.#patience ??= this.#clock.after(this.#idleMs, () => this.dispose());
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #stayAlive(): void {
    this.#keepAlive = this.#clock.after(keepAliveMs, () => {
      if (this.#disposables.isDisposed) return;
      if (!this.#sink.isBusy) this.#sink.keepAlive();
      this.flush();
      this.#stayAlive();
    });
  }
}
