import type { Event } from '../../common/event';
import type { ModelDownloadProgress } from '../../protocol/downloadProgress';
import type { PanelAction } from '../../protocol/panelMessages';
import type { PanelCatalog, PanelDetails, PanelSnapshot } from '../../protocol/panelSnapshot';

/** What the panel needs of the rest: the truth, what changes, and somebody to act. */
export interface PanelHost {
  /**
   * The catalog as the page shows it. Return the same object until it changes: it is sent to a page only when it
   * is another one.
   */
  catalog(): Promise<PanelCatalog>;
  /** What is told of one variant only to who looks at it; empty for an id that nobody knows. */
  details(modelId: string): Promise<PanelDetails>;
  /** Everything that changes. Rejections are shown in the page with *Try Again*. */
  snapshot(): Promise<PanelSnapshot>;
  /** The snapshot or the catalog would be another one now (models, disk, queue, loaded model, notices, updates). */
  readonly onDidChange: Event<unknown>;
  /** A download's record changed. */
  readonly onDidChangeDownload: Event<ModelDownloadProgress>;
  /**
   * Does what the page asks for and settles when it is done, or, for what goes on by itself (download, update,
   * verify), once it has begun. Returns a sentence worth showing, in the person's language, where there is one.
   * Rejections are `AsrError`s; a cancellation counts as done.
   */
  run(action: PanelAction): Promise<string | undefined>;
  /** Says an error in the person's language. */
  errorText(error: unknown): string;
}
