import type { Event } from '../common/event';
import type { DownloadedModel } from '../protocol/downloadedModel';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';

/** A download as its caller holds it: it was answered at once and goes on by itself. */
export interface ModelDownload {
  readonly downloadId: string;
  readonly modelId: string;
  /** The record as it is now. */
  readonly progress: ModelDownloadProgress;
  readonly onDidChange: Event<ModelDownloadProgress>;
  /**
   * Resolves when the model is downloaded; rejects with an `AsrError` when it failed and with `Cancelled` when it was
   * cancelled. Stays pending while paused.
   */
  readonly finished: Promise<DownloadedModel>;
  /** Stops it, removes its partial files; resolves when nothing of it runs any more. */
  cancel(): Promise<void>;
  /** Keeps what is there and frees the line for the next in the queue. */
  pause(): Promise<void>;
  /** Puts a paused one back into the queue. */
  resume(): void;
}
