import { isCancellation, toAsrError, causeText } from '../../common/asrError';
import { type Disposable, DisposableStore } from '../../common/disposable';
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
  PanelSnapshot,
} from '../../protocol/panelSnapshot';
import { packCatalog } from './packCatalog';
import type { PanelHost } from './panelHost';

/** What the host says at one moment. */
interface Truth {
  readonly catalog: PanelCatalog;
  readonly built: PanelSnapshot;
}

/** A snapshot that was sent to a page before it said that it listens. */
interface SentAhead {
  readonly serial: number;
  readonly catalog: PanelCatalog;
}

/**
 * Answers one panel's page. Every message is checked before anything is done; snapshots are sent whole and one at a
 * time. A page that is being loaded is sent one ahead, which the editor keeps for it; the page says whether it has it.
 */
export class PanelRouter implements Disposable {
  readonly #host: PanelHost;
  readonly #post: (message: HostMessage) => void;
  readonly #logger: Logger;
  readonly #disposables = new DisposableStore();
  /** The catalog that the page has; a page that was loaded anew has none. */
  #sentCatalog: PanelCatalog | undefined;
  #listening = false;
  #sending = false;
  #outdated = false;
  #page = 0;
  /** What to show as soon as the page listens. */
  #requested: string | undefined;
  /** Records that came while a snapshot was being built, and are newer than what it holds. */
  readonly #newer = new Map<string, ModelDownloadProgress>();
  /** The truth, looked up ahead for a page that is being loaded; something may have changed since. */
  #prepared: Promise<Truth> | undefined;
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

  /** Takes a message of the page. Anything that is not one is worth a line in the log and nothing else. */
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
    const result = await this.#run(message.action);
    // Ids start over in a page that was loaded anew: it must not take an answer for the old one as its own.
    if (page === this.#page) this.#send({ type: 'response', id: message.id, result });
  }

  /** Looks the truth up for a page that is being loaded and has not asked for it yet. */
  prepare(): void {
    if (this.#listening || this.#prepared !== undefined) return;
    this.#changedSincePrepared = false;
    const prepared = this.#lookUp();
    this.#prepared = prepared;
    void prepared.then(
      (truth) => {
        if (this.#prepared === prepared && !this.#listening) this.#sendAhead(truth);
      },
      // The page is told when it asks.
      () => undefined,
    );
  }

  /** Has the page show a model, at once or as soon as it listens. */
  show(modelId: string): void {
    if (this.#listening && this.#sentCatalog !== undefined) this.#send({ type: 'show', modelId });
    else this.#requested = modelId;
  }

  /** The page went away (hidden, reloaded): nothing is sent until the next one says that it is ready. */
  pageGone(): void {
    this.#listening = false;
    this.#prepared = undefined;
    this.#sentCatalog = undefined;
    this.#ahead = undefined;
  }

  dispose(): void {
    this.pageGone();
    this.#disposables.dispose();
  }

  /** A page listens from now on. What it has already is not sent again, unless something changed since. */
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

  #sendAhead({ catalog, built }: Truth): void {
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
      const { catalog, built } = await (prepared ?? this.#lookUp());
      // Another page listens by now; it asked for a snapshot of its own.
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

  async #lookUp(): Promise<Truth> {
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
    const { downloadedBytes, totalBytes } = record;
    this.#send({
      type: 'download_progress',
      downloaded: downloadedBytes,
      ...(totalBytes === undefined
        ? {}
        : {
            total: totalBytes,
            percent: totalBytes === 0 ? 100 : Math.min(100, (downloadedBytes / totalBytes) * 100),
          }),
      record,
    });
  }

  #failure(error: unknown): PanelFailure {
    return { code: toAsrError(error).code, message: this.#host.errorText(error) };
  }

  #send(message: HostMessage): void {
    if (this.#listening) this.#post(message);
  }
}
