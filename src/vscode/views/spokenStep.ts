import type { ModelDownloadProgress } from '../../protocol/downloadProgress';
import { percentOf } from './progressText';

/**
 * The step of a download that a screen reader should announce: the start, each 25 %, each phase, and when it waits or
 * stands still. More would interrupt the user all the time.
 */
export function spokenStep(record: ModelDownloadProgress): string {
  const percent = percentOf(record);
  const quarter = percent === undefined ? '?' : String(Math.floor(percent / 25));
  const trouble =
    record.retryAt !== undefined
      ? `retry ${String(record.attempt)}`
      : record.stalled
        ? 'stalled'
        : '';
  return [record.status, quarter, trouble, record.queuedBehind ?? 0].join(' ');
}
