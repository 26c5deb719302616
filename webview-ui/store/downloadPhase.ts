import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';

/** The face that a download shows: its status, with waiting for data and waiting to retry told apart. */
export type DownloadPhase = ModelDownloadProgress['status'] | 'stalled' | 'waiting';

/** The face of a download. */
export function phaseOf(download: ModelDownloadProgress): DownloadPhase {
  if (download.status !== 'downloading') return download.status;
  if (download.retryAt !== undefined) return 'waiting';
  return download.stalled ? 'stalled' : 'downloading';
}

/** Whether there is something left to cancel: "Cancel Download" is enabled exactly then. */
export function canCancel({ status }: ModelDownloadProgress): boolean {
  return status !== 'completed' && status !== 'cancelled' && status !== 'error';
}

/** Whether pausing means anything. */
export function canPause({ status }: ModelDownloadProgress): boolean {
  return status === 'queued' || status === 'resolving' || status === 'downloading';
}
