import { AsrError, Cancelled } from '../common/asrError';
import type { Clock } from '../common/clock';
import { deferred } from '../common/deferred';
import { Emitter } from '../common/event';
import { localized } from '../common/localizedMessage';
import type { DownloadedModel } from '../protocol/downloadedModel';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import type { DownloadRequest } from './sharedDownloads';
import type { ModelDownload } from './downloads';

/** An owner obeys a request within a second; one that has not after this time does not respond any more. */
const responseTimeoutMs = 15_000;

/**
 * A download that another window owns, as this window shows it: it follows the owner's records and sends requests to the
 * owner. When the owner ends and this window needs the model, a download of this window continues in its stead.
 */
export class RemoteDownload implements ModelDownload {
  readonly #emitter = new Emitter<ModelDownloadProgress>();
  readonly onDidChange = this.#emitter.event;
  readonly #clock: Clock;
  readonly #sendRequest: (downloadId: string, request: DownloadRequest) => Promise<void>;
  readonly #finished = deferred<DownloadedModel>();
  /** The owner published a final record, or ended. */
  readonly #ended = deferred<undefined>();
  #record: ModelDownloadProgress;
  #isWanted = false;
  #isCancelWanted = false;
  #successor: ModelDownload | undefined;

  constructor(
    record: ModelDownloadProgress,
    clock: Clock,
    sendRequest: (downloadId: string, request: DownloadRequest) => Promise<void>,
  ) {
    this.#record = { ...record, inOtherWindow: true };
    this.#clock = clock;
    this.#sendRequest = sendRequest;
  }

  get downloadId(): string {
    return this.progress.downloadId;
  }

  get modelId(): string {
    return this.#record.modelId;
  }

  get progress(): ModelDownloadProgress {
    return this.#successor?.progress ?? this.#record;
  }

  /** Reading it means that this window needs the model: it takes over when the owner ends. */
  get finished(): Promise<DownloadedModel> {
    this.#isWanted = true;
    return this.#finished.promise;
  }

  /** Whether this window needs the model. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  get isCancelWanted(): boolean {
    return this.#isCancelWanted;
  }

  /** The model is requested in this window too: a paused download is resumed. */
  join(): void {
    this.#isWanted = true;
    this.resume();
  }

  async cancel(): Promise<void> {
    if (this.#successor !== undefined) {
      await this.#successor.cancel();
      return;
    }
    if (isFinal(this.#record.status)) return;
    this.#isCancelWanted = true;
    await this.#sendRequest(this.downloadId, 'cancel');
    await this.#orTimeout(this.#ended.promise);
  }

  async pause(): Promise<void> {
    if (this.#successor !== undefined) {
      await this.#successor.pause();
      return;
    }
    if (isFinal(this.#record.status) || this.#record.status === 'paused') return;
    const paused = deferred<undefined>();
    const subscription = this.onDidChange(({ status }) => {
      if (status === 'paused') paused.resolve(undefined);
    });
    try {
      await this.#sendRequest(this.downloadId, 'pause');
      await this.#orTimeout(Promise.race([paused.promise, this.#ended.promise]));
    } finally {
      subscription.dispose();
    }
  }

  resume(): void {
    if (this.#successor !== undefined) this.#successor.resume();
    else if (this.#record.status === 'paused') {
      this.#isWanted = true;
      // If the request can't be written, the record stays "paused", which the person sees.
      void this.#sendRequest(this.downloadId, 'resume').catch(() => undefined);
    }
  }

  /** Takes over a record of the owner; false when it is the same as before. */
  follow(record: ModelDownloadProgress): boolean {
    const next = { ...record, inOtherWindow: true } as const;
    if (JSON.stringify(next) === JSON.stringify(this.#record)) return false;
    this.#record = next;
    this.#emitter.fire(next);
    return true;
  }

  /** Settles {@link finished}. */
  end(result: DownloadedModel | Error): void {
    this.#ended.resolve(undefined);
    if (result instanceof Error) this.#finished.reject(result);
    else this.#finished.resolve(result);
  }

  /** Settles {@link finished} as a final record says; `model` is what the disk has then. */
  endAsRecorded(record: ModelDownloadProgress, model: DownloadedModel | undefined): void {
    if (record.status === 'cancelled') this.end(new Cancelled());
    else this.end(record.status === 'completed' && model !== undefined ? model : failure(record));
  }

  /** The owner has ended, and a download of this window continues in its stead. */
  continueAs(successor: ModelDownload): void {
    this.#successor = successor;
    this.#ended.resolve(undefined);
    successor.onDidChange((record) => this.#emitter.fire(record));
    successor.finished.then(this.#finished.resolve, this.#finished.reject);
  }

  async #orTimeout(response: Promise<unknown>): Promise<void> {
    const timeout = deferred<undefined>();
    const timer = this.#clock.after(responseTimeoutMs, () =>
      timeout.reject(
        new AsrError(
          'unknown',
          localized(
            'The window that downloads {0} does not answer. Take the download over, or try again in a minute.',
            this.#record.modelName,
          ),
          { details: { takeOver: this.modelId } },
        ),
      ),
    );
    try {
      await Promise.race([response, timeout.promise]);
    } finally {
      timer.dispose();
    }
  }
}

function failure({ errorCode, errorMessage, modelName }: ModelDownloadProgress): AsrError {
  return new AsrError(
    errorCode ?? 'unknown',
    errorMessage === undefined
      ? localized('The download of {0} failed in another window. Try again.', modelName)
      : localized('In another window: {0}', errorMessage),
  );
}
