import { AsrError, Cancelled } from '../common/asrError';
import type { Clock } from '../common/clock';
import { deferred } from '../common/deferred';
import { Emitter } from '../common/event';
import { localized } from '../common/localizedMessage';
import type { DownloadedModel } from '../protocol/downloadedModel';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import type { DownloadRequest } from './sharedDownloads';
import type { ModelDownload } from './modelDownload';

/** An owner obeys within a second; one that has not after this does not work any more. */
const patienceMs = 15_000;

/** What a foreign download needs of the world. */
export interface RemoteDownloadDependencies {
  readonly clock: Clock;
  /** Leaves a wish for the owner. */
  readonly ask: (downloadId: string, wish: DownloadRequest) => Promise<void>;
}

/**
 * A download that another window owns, as this one shows it: it follows the owner's records and hands wishes on. When
 * the owner goes away and somebody here waits for the model, this window's own download goes on in its place.
 */
export class RemoteDownload implements ModelDownload {
  readonly #emitter = new Emitter<ModelDownloadProgress>();
  readonly onDidChange = this.#emitter.event;
  readonly #dependencies: RemoteDownloadDependencies;
  readonly #finished = deferred<DownloadedModel>();
  /** The owner told its end, or went away. */
  readonly #over = deferred<undefined>();
  #record: ModelDownloadProgress;
  #isWanted = false;
  #isCancelWanted = false;
  #successor: ModelDownload | undefined;

  constructor(record: ModelDownloadProgress, ports: RemoteDownloadDependencies) {
    this.#record = { ...record, inOtherWindow: true };
    this.#dependencies = ports;
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

  /** Whoever waits wants the model: should the owner go away, this window takes over. */
  get finished(): Promise<DownloadedModel> {
    this.#isWanted = true;
    return this.#finished.promise;
  }

  /** Whether somebody in this window asked for the model. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  get isCancelWanted(): boolean {
    return this.#isCancelWanted;
  }

  /** Asks for the same model: a paused one goes on. */
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
    await this.#dependencies.ask(this.downloadId, 'cancel');
    await this.#answered(this.#over.promise);
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
      await this.#dependencies.ask(this.downloadId, 'pause');
      await this.#answered(Promise.race([paused.promise, this.#over.promise]));
    } finally {
      subscription.dispose();
    }
  }

  resume(): void {
    if (this.#successor !== undefined) this.#successor.resume();
    else if (this.#record.status === 'paused') {
      this.#isWanted = true;
      // Without an answer the record stays what it is, and the person sees that.
      void this.#dependencies.ask(this.downloadId, 'resume').catch(() => undefined);
    }
  }

  /** The owner told something new; false when it was nothing new. */
  follow(record: ModelDownloadProgress): boolean {
    const next = { ...record, inOtherWindow: true } as const;
    if (JSON.stringify(next) === JSON.stringify(this.#record)) return false;
    this.#record = next;
    this.#emitter.fire(next);
    return true;
  }

  /** It is over. */
  end(result: DownloadedModel | Error): void {
    this.#over.resolve(undefined);
    if (result instanceof Error) this.#finished.reject(result);
    else this.#finished.resolve(result);
  }

  /** The end that a final record tells of; `model` is what the disk has then. */
  endAsRecorded(record: ModelDownloadProgress, model: DownloadedModel | undefined): void {
    if (record.status === 'cancelled') this.end(new Cancelled());
    else this.end(record.status === 'completed' && model !== undefined ? model : failure(record));
  }

  /** The owner is gone, and this window's own download goes on in its place. */
  continueAs(successor: ModelDownload): void {
    this.#successor = successor;
    this.#over.resolve(undefined);
    successor.onDidChange((record) => this.#emitter.fire(record));
    successor.finished.then(this.#finished.resolve, this.#finished.reject);
  }

  async #answered(answer: Promise<unknown>): Promise<void> {
    const silence = deferred<undefined>();
    const timer = this.#dependencies.clock.after(patienceMs, () =>
      silence.reject(
        new AsrError(
          'unknown',
          localized(
            'The window that downloads {0} does not answer. Close that window, then try again.',
            this.#record.modelName,
          ),
        ),
      ),
    );
    try {
      await Promise.race([answer, silence.promise]);
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
