import type { DownloadStatus, ModelDownloadProgress } from './downloadProgress';
import { type Figures, fill, fillCount, fractionOf, percentText } from './format';

/** The state that a download shows: its status, with "no data comes" and "waits for a retry" as states of their own. */
export type DownloadPhase = DownloadStatus | 'stalled' | 'waiting';

export function phaseOf(download: ModelDownloadProgress): DownloadPhase {
  if (download.status !== 'downloading') return download.status;
  if (download.retryAt !== undefined) return 'waiting';
  return download.stalled ? 'stalled' : 'downloading';
}

/** Whether a download in this state uses the network or the disk. */
export function isAtWork(status: DownloadStatus): boolean {
  return status === 'resolving' || status === 'downloading' || status === 'verifying';
}

/** Which quarter of its bytes a download has reached, 0 to 4: screen readers are given no finer steps. */
export function quarterOf(download: ModelDownloadProgress): number {
  return Math.floor((fractionOf(download) ?? 0) * 4);
}

/** Whether there is something left to cancel: "Cancel Download" is enabled exactly then. */
export function canCancel({ status }: ModelDownloadProgress): boolean {
  return status !== 'completed' && status !== 'cancelled' && status !== 'error';
}

/** Whether pausing means anything. */
export function canPause({ status }: ModelDownloadProgress): boolean {
  return status === 'queued' || status === 'resolving' || status === 'downloading';
}

/** The part of `vscode.l10n` that is needed here. */
export interface Localiser {
  t(message: string): string;
}

/** The words for a download on every surface. The English literals are the keys of the translations. */
export function downloadStrings(l10n: Localiser) {
  return {
    ofBytes: l10n.t('{0} of {1}'),
    soFar: l10n.t('{0} so far'),
    speed: l10n.t('{0}/s'),
    timeLeft: l10n.t('{0} left'),
    durationSeconds: l10n.t('{0} s'),
    durationMinutes: l10n.t('{0} min {1} s'),
    durationHours: l10n.t('{0} h {1} min'),
    durationDays: l10n.t('{0} d {1} h'),
    phaseQueued: l10n.t('Queued'),
    phaseResolving: l10n.t('Asking the hub for the file list…'),
    phaseDownloading: l10n.t('Downloading'),
    phaseVerifying: l10n.t('Verifying what arrived…'),
    phasePaused: l10n.t('Paused'),
    phaseCompleted: l10n.t('Download complete!'),
    phaseCancelled: l10n.t('Download cancelled'),
    phaseError: l10n.t('Download failed'),
    phaseStalled: l10n.t('No data for {0} s'),
    phaseWaiting: l10n.t('Trying again in {0} (attempt {1})'),
    phaseWaitingNow: l10n.t('Trying again… (attempt {0})'),
    waitingReason: l10n.t('Reason: {0}'),
    queuedBehind: l10n.t('{0} more waiting'),
    queuedBehindOne: l10n.t('1 more waiting'),
    inOtherWindow: l10n.t('in another window'),
    fromMirror: l10n.t('from {0}'),
    ownerSilent: l10n.t('in another window, which does not answer'),
  };
}

type DownloadStrings = ReturnType<typeof downloadStrings>;

/** The phase as one short line. `nowMs` is milliseconds since 1970, for the countdown of a retry. */
export function phaseText(
  download: ModelDownloadProgress,
  nowMs: number,
  strings: DownloadStrings,
  figures: Figures,
): string {
  const { retryAt = nowMs, attempt = 2, secondsSinceLastByte = 3 } = download;
  const seconds = Math.ceil((retryAt - nowMs) / 1000);
  const texts: Readonly<Record<DownloadPhase, string>> = {
    queued: strings.phaseQueued,
    resolving: strings.phaseResolving,
    downloading: strings.phaseDownloading,
    verifying: strings.phaseVerifying,
    paused: strings.phasePaused,
    completed: strings.phaseCompleted,
    cancelled: strings.phaseCancelled,
    error: strings.phaseError,
    stalled: fill(strings.phaseStalled, Math.floor(secondsSinceLastByte)),
    waiting:
      seconds > 0
        ? fill(strings.phaseWaiting, figures.duration(seconds), attempt)
        : fill(strings.phaseWaitingNow, attempt),
  };
  return texts[phaseOf(download)];
}

/** "412 MB of 1.6 GB", or "412 MB so far" while the total is unknown. */
export function amountText(
  { downloadedBytes, totalBytes }: Pick<ModelDownloadProgress, 'downloadedBytes' | 'totalBytes'>,
  strings: DownloadStrings,
  figures: Figures,
): string {
  return totalBytes === undefined
    ? fill(strings.soFar, figures.bytes(downloadedBytes))
    : fill(strings.ofBytes, figures.bytes(downloadedBytes), figures.bytes(totalBytes));
}

/** One part of the line that describes a download. */
interface ProgressPart {
  readonly kind:
    'phase' | 'percent' | 'amount' | 'speed' | 'left' | 'reason' | 'queue' | 'owner' | 'source';
  readonly text: string;
}

/** The record as the parts of one line. A failed download is its error message alone. */
export function progressParts(
  download: ModelDownloadProgress,
  nowMs: number,
  strings: DownloadStrings,
  figures: Figures,
): readonly ProgressPart[] {
  const phase = phaseOf(download);
  if (phase === 'error') {
    return [{ kind: 'phase', text: download.errorMessage ?? strings.phaseError }];
  }
  const { bytesPerSecond, secondsRemaining, retryReason, queuedBehind = 0 } = download;
  const parts: ProgressPart[] = [];
  const add = (kind: ProgressPart['kind'], text: string): void => {
    parts.push({ kind, text });
  };
  add('phase', phaseText(download, nowMs, strings, figures));
  const isMoving = isAtWork(download.status) && phase !== 'resolving';
  if (isMoving || phase === 'paused') {
    const percent = percentText(download);
    if (percent !== undefined) add('percent', percent);
    add('amount', amountText(download, strings, figures));
  }
  if (phase === 'downloading') {
    if (bytesPerSecond !== undefined) {
      add('speed', fill(strings.speed, figures.speed(bytesPerSecond)));
    }
    if (secondsRemaining !== undefined) {
      add('left', fill(strings.timeLeft, figures.duration(secondsRemaining)));
    }
  }
  if (isMoving && download.fromMirror === true) {
    add('source', fill(strings.fromMirror, download.sourceHost ?? ''));
  }
  if (phase === 'waiting' && retryReason !== undefined) {
    add('reason', fill(strings.waitingReason, retryReason));
  }
  if (queuedBehind > 0) {
    add('queue', fillCount(strings.queuedBehindOne, strings.queuedBehind, queuedBehind));
  }
  if (download.inOtherWindow === true) {
    add('owner', download.isOwnerSilent === true ? strings.ownerSilent : strings.inOtherWindow);
  }
  return parts;
}
