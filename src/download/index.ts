/**
 * download: moves the bytes of files from their sources into partial files, verified while they arrive. Plan,
 * transfer, verify; segments, journal, retries, progress. All of it runs in a worker thread behind
 * {@link DownloadEngine}. It knows nothing of models, of hubs' listings or of VS Code, and publishes nothing: a
 * verified partial is handed back to the caller.
 */
export type {
  DownloadEngine,
  FileSource,
  FileToFetch,
  Transfer,
  TransferObserver,
  TransferOutcome,
  TransferProgress,
  TransferRequest,
  TransferSettings,
} from './downloadEngine';
export { createDownloadEngine, type DownloadEngineOptions } from './engine/createDownloadEngine';
