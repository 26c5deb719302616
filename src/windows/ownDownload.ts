import type { Lock } from '../cache';
import { causeText } from '../common/asrError';
import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import type { Logger } from '../common/logger';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import { downloadNoteText } from './downloadNote';
import type { NoteFolder } from './noteFolder';
import type { DownloadClaim } from './sharedDownloads';

/** Figures are written down at most so often. */
const rhythmMs = 500;

/** A download of this window, as the others hear of it. */
export class OwnDownload implements DownloadClaim {
  readonly modelId: string;
  readonly downloadId: string;
  readonly #hubRoot: string;
  readonly #noteName: string;
  readonly #notes: NoteFolder;
  readonly #lock: Lock;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #record: ModelDownloadProgress | undefined;
  #toldStatus: string | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;
  #next: Disposable | undefined;
  #writing: Promise<void> = Promise.resolve();
  #released: Promise<void> | undefined;
  #isLocked = true;

  constructor(
    identity: {
      readonly modelId: string;
      readonly downloadId: string;
      readonly hubRoot: string;
      readonly noteName: string;
    },
    ports: { readonly notes: NoteFolder; readonly clock: Clock; readonly logger: Logger },
    lock: Lock,
  ) {
    this.modelId = identity.modelId;
    this.downloadId = identity.downloadId;
    this.#hubRoot = identity.hubRoot;
    this.#noteName = identity.noteName;
    this.#notes = ports.notes;
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

  tell(record: ModelDownloadProgress): void {
    if (this.#released !== undefined) return;
    this.#record = record;
    const waitMs = this.#toldMs + rhythmMs - this.#clock.nowMs();
    if (record.status !== this.#toldStatus || waitMs <= 0) this.#write();
    else {
      this.#next ??= this.#clock.after(waitMs, () => {
        this.#write();
      });
    }
  }

  /** Somebody's clean-up may have taken the note of an earlier run for this one's. */
  tellAgain(): void {
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
      await this.#notes.remove(this.#noteName).catch(() => false);
    }
    await this.#lock.release();
    this.#isLocked = false;
  }

  #write(): void {
    this.#next?.dispose();
    this.#next = undefined;
    const record = this.#record;
    if (record === undefined) return;
    this.#toldStatus = record.status;
    this.#toldMs = this.#clock.nowMs();
    this.#writing = this.#writing
      .then(() =>
        this.#notes.write(this.#noteName, downloadNoteText({ hubRoot: this.#hubRoot, record })),
      )
      .catch((error: unknown) => {
        // The download itself goes on; other windows only hear less of it.
        this.#logger.debug(`${this.modelId}: other windows were not told: ${causeText(error)}`);
      });
  }
}
