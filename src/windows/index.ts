/**
 * windows: one download for all windows on one state folder. Who owns a download (a lock), what its owner tells the
 * others (a small file each), what they ask of it, and who takes over when it goes away. It works with the cache's
 * locks and disk, and knows nothing of how a download is made: {@link LocalWindow} makes it.
 */
export type { ModelDownload } from './modelDownload';
export type { RemoteDownload } from './remoteDownload';
export type {
  DownloadLease,
  DownloadRequest,
  SharedDownload,
  SharedDownloads,
  SharedState,
} from './sharedDownloads';
export { createSharedDownloads } from './createSharedDownloads';
export { OtherWindows } from './otherWindows';
export type { LocalWindow } from './localWindow';
