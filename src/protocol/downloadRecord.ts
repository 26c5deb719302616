import { defined } from './defined';
import type { ModelDownloadProgress } from './downloadProgress';

/** The record of a download that has not begun. */
export function queuedRecord(
  downloadId: string,
  modelId: string,
  modelName: string,
): ModelDownloadProgress {
  return {
    downloadId,
    modelId,
    modelName,
    status: 'queued',
    downloadedBytes: 0,
    filesDone: 0,
    stalled: false,
  };
}

/** The previous record, without the facts that only hold while bytes flow. */
export function settledRecord(
  record: ModelDownloadProgress,
  status: ModelDownloadProgress['status'],
): ModelDownloadProgress {
  const {
    downloadId,
    modelId,
    modelName,
    downloadedBytes,
    totalBytes,
    filesDone,
    filesTotal,
    files,
  } = record;
  return {
    downloadId,
    modelId,
    modelName,
    status,
    downloadedBytes,
    ...defined({ totalBytes }),
    filesDone,
    ...defined({ filesTotal, files }),
    stalled: false,
  };
}
