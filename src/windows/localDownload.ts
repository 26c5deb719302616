import type { Lock } from '../cache';
import { causeText } from '../common/asrError';
import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import type { Logger } from '../common/logger';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import { downloadStateText } from './downloadStateFile';
import type { DownloadLease } from './sharedDownloads';
import type { SharedStateFolder } from './sharedStateFolder';

/** Figures are written down at most so often. */
const rhythmMs = 500;

/** A download of this window, as the others hear of it. */
export class LocalDownload implements DownloadLease {
  readonly modelId: string;
  readonly downloadId: string;
  readonly #hubRoot: string;
  readonly #fileName: string;
  readonly #folder: SharedStateFolder;
  readonly #lock: Lock;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #record: ModelDownloadProgress | undefined;
  #publishedStatus: string | undefined;
  #publishedMs = Number.NEGATIVE_INFINITY;
  #next: Disposable | undefined;
  #writing: Promise<void> = Promise.resolve();
  #released: Promise<void> | undefined;
  #isLocked = true;

  constructor(
    identity: {
      readonly modelId: string;
      readonly downloadId: string;
      readonly hubRoot: string;
      readonly stateFileName: string;
    },
    ports: { readonly notes: SharedStateFolder; readonly clock: Clock; readonly logger: Logger },
    lock: Lock,
  ) {
    this.modelId = identity.modelId;
    this.downloadId = identity.downloadId;
    this.#hubRoot = identity.hubRoot;
    this.#fileName = identity.stateFileName;
    this.#folder = ports.notes;
    this.#clock = ports.clock;
    this.#logger = ports.logger;
    this.#lock = lock;
  }

  /** Until the lock is given back, which is a moment after it was asked for. */
  get isLocked(): boolean {
    return this.#isLocked;
  }

  /** Settles when the lock is given back; undefined until that is asked for. */
  get released(): Promise<void> | undefined {
    return this.#released;
  }

  publish(record: ModelDownloadProgress): void {
    if (this.#released !== undefined) return;
    this.#record = record;
    const waitMs = this.#publishedMs + rhythmMs - this.#clock.nowMs();
    if (record.status !== this.#publishedStatus || waitMs <= 0) this.#write();
    else {
      this.#next ??= this.#clock.after(waitMs, () => this.#write());
    }
  }

  /** Somebody's clean-up may have taken the note of an earlier run for this one's. */
  publishAgain(): void {
    if (this.#released === undefined) this.#write();
  }

  release(): Promise<void> {
    this.#next?.dispose();
    this.#released ??= this.#letGo();
    return this.#released;
  }

  async #letGo(): Promise<void> {
    await this.#writing;
    if (this.#record === undefined || !isFinal(this.#record.status)) {
      await this.#folder.remove(this.#fileName).catch(() => false);
    }
    await this.#lock.release();
    this.#isLocked = false;
  }

  #write(): void {
    this.#next?.dispose();
    this.#next = undefined;
    const record = this.#record;
    if (record === undefined) return;
    this.#publishedStatus = record.status;
    this.#publishedMs = this.#clock.nowMs();
    this.#writing = this.#writing
      .then(() =>
        this.#folder.write(this.#fileName, downloadStateText({ hubRoot: this.#hubRoot, record })),
      )
      .catch((error: unknown) => {
        // The download itself goes on; other windows only hear less of it.
        this.#logger.debug(`${this.modelId}: other windows were not told: ${causeText(error)}`);
      });
  }
}
