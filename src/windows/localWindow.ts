import type { CatalogModel } from '../catalog';
import type { DownloadedModel } from '../protocol/downloadedModel';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import type { ModelDownload } from './modelDownload';

/** What this window has of its own, for its dealings with the others. */
export interface LocalWindow {
  /** Its own download of a model that has not ended. */
  localDownload(modelId: string): ModelDownload | undefined;
  /** Starts a download of its own under this id. */
  begin(model: CatalogModel, downloadId: string): ModelDownload;
  findModel(modelId: string): Promise<CatalogModel>;
  /** The model as the disk has it now; undefined when it isn't whole. */
  downloaded(modelId: string): Promise<DownloadedModel | undefined>;
  /** A foreign download came, of a model that nobody here may have heard of. */
  onRemoteDownload(modelId: string): void;
  /** A foreign download's record is there or changed. */
  changed(record: ModelDownloadProgress): void;
  /** What is on the disk has changed. */
  modelsChanged(): void;
  /** A cancelled download's owner went away before it could clean up. */
  discardPartials(modelId: string): Promise<void>;
}
