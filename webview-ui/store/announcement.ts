import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { fill } from '../../src/protocol/format';
import { quarterOf } from '../../src/protocol/phase';

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

function stateAnnouncement(
  now: ModelDownloadProgress,
  strings: PanelStrings,
  startWasAnnounced: boolean,
): string | undefined {
  if (now.status === 'downloading' && startWasAnnounced) return undefined;
  const texts = {
    queued: strings.sayQueued,
    resolving: strings.sayStarted,
    downloading: strings.sayStarted,
    verifying: strings.sayVerifying,
    paused: strings.sayPaused,
    completed: strings.sayCompleted,
    cancelled: strings.sayCancelled,
    error: strings.sayError,
  };
  return fill(texts[now.status], now.modelName, now.errorMessage ?? '');
}
