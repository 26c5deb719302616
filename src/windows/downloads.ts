import { Emitter, type Event } from '../common/event';
import type { DownloadedModel } from '../protocol/downloadedModel';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';

/** A download that was started, as its caller holds it. */
export interface ModelDownload {
  readonly downloadId: string;
  readonly modelId: string;
  /** The newest record. */
  readonly progress: ModelDownloadProgress;
  readonly onDidChange: Event<ModelDownloadProgress>;
  /**
   * Resolves when the model is downloaded; rejects with an `AsrError` when it failed and with `Cancelled` when it was
   * cancelled. Stays pending while paused.
   */
  readonly finished: Promise<DownloadedModel>;
  /** Stops it, removes its partial files; resolves when nothing of it runs any more. */
  cancel(): Promise<void>;
  /** Keeps the bytes on the disk and lets the next download of the queue run. */
  pause(): Promise<void>;
  /** Puts a paused one back into the queue. */
  resume(): void;
}

/**
 * The downloads that this window shows, at most one of each model: its own and those of other windows. The queue and
 * {@link OtherWindows} add and remove them and report their records; every surface reads them here.
 */
export class Downloads {
  readonly #byModel = new Map<string, ModelDownload>();
  readonly #onDidChange = new Emitter<ModelDownloadProgress>();

  /** The newest record of any download, each time that one changes. */
  readonly onDidChange = this.#onDidChange.event;

  /** The downloads of one class, in the order they were added. */
  ofClass<Kind extends ModelDownload>(
    kind: abstract new (...parameters: never[]) => Kind,
  ): readonly Kind[] {
    return [...this.#byModel.values()].filter(
      (download): download is Kind => download instanceof kind,
    );
  }

  get(modelId: string): ModelDownload | undefined {
    return this.#byModel.get(modelId);
  }

  /** Adds a download, in place of an earlier one of the same model. */
  add(download: ModelDownload): void {
    this.#byModel.set(download.modelId, download);
  }

  /** Removes a download, unless a later one of the same model has taken its place. */
  remove(download: ModelDownload): void {
    if (this.#byModel.get(download.modelId) === download) this.#byModel.delete(download.modelId);
  }

  /** Fires {@link onDidChange}. */
  report(record: ModelDownloadProgress): void {
    this.#onDidChange.fire(record);
  }

  dispose(): void {
    this.#onDidChange.dispose();
  }
}

/** Whether a download has not ended. */
export function isUnfinished({ progress }: ModelDownload): boolean {
  return !isFinal(progress.status);
}
