import { isCancellation, toAsrError, causeText } from '../../common/asrError';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { Event } from '../../common/event';
import type { Logger } from '../../common/logger';
import type { ModelDownloadProgress } from '../../protocol/downloadProgress';
import {
  type HostMessage,
  type PanelAction,
  type PanelResult,
  parsePageMessage,
} from '../../protocol/panelMessages';
import type {
  PanelCatalog,
  PanelDetails,
  PanelFailure,
  PanelHubResults,
  PanelHubSearch,
  PanelSnapshot,
} from '../../protocol/panelSnapshot';
import { progressMessage } from '../../protocol/progressMessage';
import { packCatalog } from './panelCatalog';

/** The dependencies of the panel: the state, its changes, and the actions. */
export interface PanelHost {
  /**
   * The catalog as the page shows it. Return the same object until it changes: only another object is sent to a
   * page.
   */
  catalog(): Promise<PanelCatalog>;
  /** The facts that are sent only for the selected variant; empty for an unknown id. */
  details(modelId: string): Promise<PanelDetails>;
  /** Everything that changes. Rejections are shown in the page with *Try Again*. */
  snapshot(): Promise<PanelSnapshot>;
  /** The snapshot or the catalog would be another one now (models, disk, queue, loaded model, notices, updates). */
  readonly onDidChange: Event<unknown>;
  /** A download's record changed. */
  readonly onDidChangeDownload: Event<ModelDownloadProgress>;
  /**
   * Runs an action and settles when it is done, or, for what continues in the background (download, update, verify),
   * once it has begun. Returns a message worth showing, in the person's language, where there is one.
   * Rejections are `AsrError`s; a cancellation counts as done.
   */
  run(action: PanelAction): Promise<string | undefined>;
  /** Searches the hub, or asks for the next page; pushes what is found as it comes. Never rejects. */
  searchHub(
    search: PanelHubSearch,
    more: boolean,
    push: (results: PanelHubResults) => void,
  ): Promise<void>;
  /**
   * Asks the hub for the sizes of these models, one after the other, in the place of those asked for before; the catalog
   * changes with each answer. Never rejects.
   */
  askSizes(modelIds: readonly string[]): Promise<void>;
  /** The page is gone: what is still being asked of the hub for it ends. */
  stopAsking(): void;
  /** The message of an error, in the person's language. */
  errorText(error: unknown): string;
}

/** Everything that the page shows, at one moment. */
interface PanelState {
  readonly catalog: PanelCatalog;
  readonly built: PanelSnapshot;
}

/** A snapshot that was sent to a page before its "ready". */
interface SentAhead {
  readonly serial: number;
  readonly catalog: PanelCatalog;
}

/**
 * Answers one panel's page. Every message is checked before anything is done; snapshots are sent whole and one at a
 * time. A page that is being loaded is sent one ahead, which the editor keeps for it; its "ready" names the one it has.
 */
export class PanelRouter implements Disposable {
  readonly #host: PanelHost;
  readonly #post: (message: HostMessage) => void;
  readonly #logger: Logger;
  readonly #disposables = new DisposableStore();
  /** The catalog that the page has; a new page has none. */
  #sentCatalog: PanelCatalog | undefined;
  #listening = false;
  #sending = false;
  #outdated = false;
  #page = 0;
  /** The model to show as soon as the page is ready. */
  #requested: string | undefined;
  /** Records that came while a snapshot was being built, and are newer than what it holds. */
  readonly #newer = new Map<string, ModelDownloadProgress>();
  /** The state, read ahead for a page that is being loaded; something may have changed since. */
  #prepared: Promise<PanelState> | undefined;
  #changedSincePrepared = false;
  #ahead: SentAhead | undefined;
  #lastSerial = 0;

  constructor(host: PanelHost, post: (message: HostMessage) => void, logger: Logger) {
    this.#host = host;
    this.#post = post;
    this.#logger = logger;
    this.#disposables.add(
      host.onDidChange(() => {
        this.#changedSincePrepared = true;
        this.#refresh();
      }),
    );
    this.#disposables.add(host.onDidChangeDownload((record) => this.#pushDownload(record)));
  }

  /** Handles a message of the page. Anything else is ignored, with a line in the log. */
  async receive(raw: unknown): Promise<void> {
    const message = parsePageMessage(raw);
    if (message === undefined) {
      this.#logger.warn('panel: ignored a message that is none of the protocol');
      return;
    }
    if (message.type === 'ready') {
      this.#welcome(message.held);
      return;
    }
    const page = this.#page;
    if (message.type === 'details') {
      const { modelId } = message;
      const details = await this.#details(modelId);
      if (page === this.#page) this.#send({ type: 'details', modelId, details });
      return;
    }
    if (message.type === 'sizes') {
      await this.#host.askSizes(message.modelIds);
      return;
    }
    if (message.type === 'searchHub') {
      await this.#host.searchHub(message.search, message.more, (results) => {
        if (page === this.#page) this.#send({ type: 'hubResults', results });
      });
      return;
    }
    const result = await this.#run(message.action);
    // Ids start over in a new page: it must not take a response to the old one as its own.
    if (page === this.#page) this.#send({ type: 'response', id: message.id, result });
  }

  /** Reads the state for a page that is being loaded and is not ready yet. */
  prepare(): void {
    if (this.#listening || this.#prepared !== undefined) return;
    this.#changedSincePrepared = false;
    const prepared = this.#readState();
    this.#prepared = prepared;
    void prepared.then(
      (state) => {
        if (this.#prepared === prepared && !this.#listening) this.#sendAhead(state);
      },
      // The error is sent when the page is ready: it reads the state again.
      () => undefined,
    );
  }

  /** Has the page show a model, at once or as soon as it is ready. */
  show(modelId: string): void {
    if (this.#listening && this.#sentCatalog !== undefined) this.#send({ type: 'show', modelId });
    else this.#requested = modelId;
  }

  /** The page went away (hidden, reloaded): nothing is sent until the next one is ready. */
  pageGone(): void {
    this.#listening = false;
    this.#host.stopAsking();
    this.#prepared = undefined;
    this.#sentCatalog = undefined;
    this.#ahead = undefined;
  }

  dispose(): void {
    this.pageGone();
    this.#disposables.dispose();
  }

  /** A page is ready. What it has already is not sent again, unless something changed since. */
  #welcome(held: number | undefined): void {
    this.#listening = true;
    this.#page += 1;
    const ahead = held !== undefined && this.#ahead?.serial === held ? this.#ahead : undefined;
    this.#ahead = undefined;
    this.#sentCatalog = ahead?.catalog;
    if (ahead !== undefined) {
      this.#prepared = undefined;
      if (!this.#changedSincePrepared) {
        this.#showRequested();
        return;
      }
    }
    this.#refresh();
  }

  #sendAhead({ catalog, built }: PanelState): void {
    this.#lastSerial += 1;
    const serial = this.#lastSerial;
    this.#ahead = { serial, catalog };
    const snapshot = this.#withNewer(built);
    this.#post({ type: 'snapshot', snapshot, catalog: packCatalog(catalog), serial });
  }

  #showRequested(): void {
    if (this.#requested !== undefined) this.#send({ type: 'show', modelId: this.#requested });
    this.#requested = undefined;
  }

  async #details(modelId: string): Promise<PanelDetails> {
    try {
      return await this.#host.details(modelId);
    } catch (error) {
      this.#logger.error(`panel: no details: ${causeText(error)}`);
      return {};
    }
  }

  async #run(action: PanelAction): Promise<PanelResult> {
    try {
      const message = await this.#host.run(action);
      if (action.kind === 'checkDownloadedModels') this.#refresh();
      return { ok: message === undefined ? {} : { message } };
    } catch (error) {
      if (isCancellation(error)) return { ok: {} };
      this.#logger.error(`panel: ${action.kind} failed: ${causeText(error)}`);
      return { err: this.#failure(error) };
    }
  }

  #refresh(): void {
    if (!this.#listening) return;
    this.#outdated = true;
    if (!this.#sending) void this.#sendSnapshots();
  }

  async #sendSnapshots(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#outdated && this.#listening) {
        this.#outdated = false;
        await this.#sendSnapshot();
      }
    } finally {
      this.#sending = false;
    }
  }

  async #sendSnapshot(): Promise<void> {
    const page = this.#page;
    const prepared = this.#prepared;
    this.#prepared = undefined;
    try {
      const { catalog, built } = await (prepared ?? this.#readState());
      // Another page is ready by now, with a snapshot of its own.
      if (page !== this.#page) return;
      const snapshot = this.#withNewer(built);
      const isNew = catalog !== this.#sentCatalog;
      this.#sentCatalog = catalog;
      this.#send({
        type: 'snapshot',
        snapshot,
        ...(isNew ? { catalog: packCatalog(catalog) } : {}),
      });
      this.#showRequested();
      if (prepared !== undefined && this.#changedSincePrepared) this.#outdated = true;
    } catch (error) {
      this.#logger.error(`panel: no snapshot: ${causeText(error)}`);
      if (page === this.#page) this.#send({ type: 'failure', failure: this.#failure(error) });
    }
  }

  async #readState(): Promise<PanelState> {
    this.#newer.clear();
    const [catalog, built] = await Promise.all([this.#host.catalog(), this.#host.snapshot()]);
    return { catalog, built };
  }

  #withNewer(built: PanelSnapshot): PanelSnapshot {
    const downloads = built.downloads.map((each) => this.#newer.get(each.downloadId) ?? each);
    return { ...built, downloads };
  }

  #pushDownload(record: ModelDownloadProgress): void {
    if (!this.#listening) this.#changedSincePrepared = true;
    this.#newer.set(record.downloadId, record);
    this.#send(progressMessage(record));
  }

  #failure(error: unknown): PanelFailure {
    return { code: toAsrError(error).code, message: this.#host.errorText(error) };
  }

  #send(message: HostMessage): void {
    if (this.#listening) this.#post(message);
  }
}
