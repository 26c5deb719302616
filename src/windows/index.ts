/**
 * windows: one download for all windows and programs that share a cache. Two windows never fetch the same model at the
 * same time: one owns the download, the others show it and can cancel, pause, resume and take it over.
 *
 *   window A (owner)                  <cache>/.locks/asr                 window B
 *   ────────────────                  ──────────────────                 ────────
 *   claim ──────────────────────────▶ download-<key>.lock   ◀─────────── claim: owned by A, so B joins
 *   LocalDownload.publish(record) ──▶ windows/<key>.json    ───────────▶ poll ─▶ RemoteDownload.follow(record)
 *   poll ─▶ cancel, pause, resume ◀── windows/<key>.<id>.request ◀────── RemoteDownload.cancel() …
 *   announceChange ─────────────────▶ windows/changed       ───────────▶ poll ─▶ onDidChangeModels
 *
 * Ownership. The owner holds the lock of the download (a {@link DownloadLease}) while it is queued, running or paused.
 * `<key>` is a digest of the model's id.
 *
 * State files. The owner writes its record into `<key>.json`: a new status at once, figures twice a second, and every
 * five seconds in any case. Figures of one that was not written for 15 seconds are not shown. Other windows read it when
 * the folder changes, and every second while any download is shared, because not every file system reports changes. A
 * final record is kept for 30 seconds so that each window sees how the download ended.
 *
 * Requests. A window that is not the owner writes a request file. The owner deletes the file first and then obeys, so a
 * request is obeyed once; a request names the download's id, so it can't hit a later download of the same model.
 *
 * Take-over. The lock of an owner that gave no sign of life for a minute is free; a person can take it at once. If a
 * person in this window cancelled the download, its partial files are removed; if this window waits for the model, it
 * claims the download and continues it from the partial files; otherwise the download is reported as abandoned after six
 * seconds, the time a window needs to reload.
 *
 * {@link Downloads} is the one map of downloads, own and remote, with the one event for their records. This module may
 * use the cache's locks and disk. It does not know how a model is downloaded: `models` passes that in.
 */
export { Downloads, isUnfinished, type ModelDownload } from './downloads';
export type { RemoteDownload } from './remoteDownload';
export type {
  DownloadLease,
  DownloadRequest,
  SharedDownload,
  SharedDownloads,
  SharedState,
} from './sharedDownloads';
export { createSharedDownloads } from './windowsState';
export { OtherWindows } from './otherWindows';
