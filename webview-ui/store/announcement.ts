import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { fill, fractionOf } from '../../src/protocol/format';

/**
 * The announcement for a screen reader when a download goes from `before` to `now`; undefined means none. The start,
 * each 25 %, changes of state and the end are announced, but not every report, which would interrupt the user all the
 * time.
 */
export function announcement(
  before: ModelDownloadProgress | undefined,
  now: ModelDownloadProgress,
  strings: PanelStrings,
): string | undefined {
  const name = now.modelName;
  if (before?.status !== now.status) {
    return stateAnnouncement(now, strings, before?.status === 'resolving');
  }
  if (now.status !== 'downloading') return undefined;
  if (now.retryAt !== undefined && before.retryAt === undefined) {
    return fill(strings.sayWaiting, name);
  }
  if (now.stalled && !before.stalled) return fill(strings.sayStalled, name);
  const quarter = quarterOf(now);
  return quarter > quarterOf(before) && quarter < 4
    ? fill(strings.sayPercent, name, quarter * 25)
    : undefined;
}

function quarterOf(download: ModelDownloadProgress): number {
  return Math.floor((fractionOf(download) ?? 0) * 4);
}

function stateAnnouncement(
  now: ModelDownloadProgress,
  strings: PanelStrings,
  startWasAnnounced: boolean,
): string | undefined {
  const name = now.modelName;
  switch (now.status) {
    case 'queued':
      return fill(strings.sayQueued, name);
    case 'resolving':
      return fill(strings.sayStarted, name);
    case 'downloading':
      return startWasAnnounced ? undefined : fill(strings.sayStarted, name);
    case 'verifying':
      return fill(strings.sayVerifying, name);
    case 'paused':
      return fill(strings.sayPaused, name);
    case 'completed':
      return fill(strings.sayCompleted, name);
    case 'cancelled':
      return fill(strings.sayCancelled, name);
    case 'error':
      return fill(strings.sayError, name, now.errorMessage ?? '');
  }
}
