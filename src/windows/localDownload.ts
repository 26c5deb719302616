import type { Lock } from '../cache';
import { causeText } from '../common/asrError';
import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import type { Logger } from '../common/logger';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import { isAtWork } from '../protocol/phase';
import { downloadStateText } from './downloadStateFile';
import type { DownloadLease } from './sharedDownloads';
import type { SharedStateFolder } from './sharedStateFolder';

/** The shortest time between two writes of figures. */
const writeEveryMs = 500;
/** While it is at work, a record is written at least so often, so that the other windows know it for a new one. */
const refreshMs = 5_000;

/** A download of this window as it is published for the other windows: its lock and its state file. */
export class LocalDownload implements DownloadLease {
  readonly modelId: string;
  readonly downloadId: string;
  readonly #fileName: string;
  readonly #folder: SharedStateFolder;
  readonly #lock: Lock;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #record: ModelDownloadProgress | undefined;
  #publishedStatus: string | undefined;
  #publishedMs = Number.NEGATIVE_INFINITY;
  #next: Disposable | undefined;
  #refresh: Disposable | undefined;
  #writing: Promise<void> = Promise.resolve();
  #released: Promise<void> | undefined;
  #isLocked = true;

  constructor(
    identity: {
      readonly modelId: string;
      readonly downloadId: string;
      readonly stateFileName: string;
    },
    lock: Lock,
    folder: SharedStateFolder,
    clock: Clock,
    logger: Logger,
  ) {
    this.modelId = identity.modelId;
    this.downloadId = identity.downloadId;
    this.#fileName = identity.stateFileName;
    this.#lock = lock;
    this.#folder = folder;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** True until the lock is free, which is a moment after {@link release} was called, or another window's. */
  get isLocked(): boolean {
    return this.#isLocked && !this.#lock.lost.aborted;
  }

  /** Settles when the lock is free; undefined until {@link release} is called. */
  get released(): Promise<void> | undefined {
    return this.#released;
  }

  publish(record: ModelDownloadProgress): void {
    if (this.#released !== undefined) return;
    this.#record = record;
    const waitMs = this.#publishedMs + writeEveryMs - this.#clock.nowMs();
    if (record.status !== this.#publishedStatus || waitMs <= 0) this.#write();
    else this.#next ??= this.#clock.after(waitMs, () => this.#write());
  }

  /** Another window's clean-up may have removed this state file as one of an earlier run. */
  publishAgain(): void {
    if (this.#released === undefined) this.#write();
  }

  release(): Promise<void> {
    this.#next?.dispose();
    this.#refresh?.dispose();
    this.#released ??= this.#releaseLock();
    return this.#released;
  }

  async #releaseLock(): Promise<void> {
    await this.#writing;
    const isLeft = this.#record !== undefined && isFinal(this.#record.status);
    if (!isLeft && !this.#lock.lost.aborted) {
      await this.#folder.remove(this.#fileName).catch(() => false);
    }
    await this.#lock.release();
    this.#isLocked = false;
  }

  #write(): void {
    this.#next?.dispose();
    this.#next = undefined;
    this.#refresh?.dispose();
    const record = this.#record;
    // The download has another owner, which writes the file now.
    if (record === undefined || this.#lock.lost.aborted) return;
    if (isAtWork(record.status)) {
      this.#refresh = this.#clock.after(refreshMs, () => this.publishAgain());
    }
    this.#publishedStatus = record.status;
    this.#publishedMs = this.#clock.nowMs();
    this.#writing = this.#writing
      .then(() =>
        this.#lock.lost.aborted
          ? undefined
          : this.#folder.write(this.#fileName, downloadStateText(record)),
      )
      .catch((error: unknown) => {
        // The download itself is not affected; the other windows see older figures.
        this.#logger.debug(`${this.modelId} was not published: ${causeText(error)}`);
      });
  }
}
