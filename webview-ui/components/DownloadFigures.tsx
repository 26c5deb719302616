import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { phaseOf } from '../store/downloadPhase';
import { fractionOf } from '../store/modelDownloadState';
import { type Figures, percentOf } from '../text/figures';
import { fill, fillCount } from '../text/fill';
import { usePanel } from './panelContext';
import { useNow } from './useNow';

/** "412 MB of 1.6 GB", or "412 MB so far" while the total is unknown. */
export function amountText(
  download: ModelDownloadProgress,
  strings: PanelStrings,
  figures: Figures,
): string {
  const { downloadedBytes, totalBytes } = download;
  return totalBytes === undefined
    ? fill(strings.soFar, figures.bytes(downloadedBytes))
    : fill(strings.ofBytes, figures.bytes(downloadedBytes), figures.bytes(totalBytes));
}

/** What the download does right now, as one short line. */
export function phaseText(
  download: ModelDownloadProgress,
  strings: PanelStrings,
  nowMs: number,
): string {
  switch (phaseOf(download)) {
    case 'queued':
      return strings.phaseQueued;
    case 'resolving':
      return strings.phaseResolving;
    case 'downloading':
      return strings.phaseDownloading;
    case 'verifying':
      return strings.phaseVerifying;
    case 'paused':
      return strings.phasePaused;
    case 'completed':
      return strings.phaseCompleted;
    case 'cancelled':
      return strings.phaseCancelled;
    case 'error':
      return strings.phaseError;
    case 'stalled':
      return fill(strings.phaseStalled, download.secondsSinceLastByte ?? 3);
    case 'waiting': {
      const seconds = Math.ceil(((download.retryAt ?? nowMs) - nowMs) / 1000);
      const attempt = download.attempt ?? 2;
      return seconds > 0
        ? fill(strings.phaseWaiting, seconds, attempt)
        : fill(strings.phaseWaitingNow, attempt);
    }
  }
}

/** The numbers of the dialog. Each has its place, so that nothing moves when one comes or goes. */
export function DownloadFigures({ download }: { readonly download: ModelDownloadProgress }) {
  const { strings, figures } = usePanel();
  const phase = phaseOf(download);
  const now = useNow(phase === 'waiting');
  const fraction = fractionOf(download);
  const { bytesPerSecond, secondsRemaining, connections, filesTotal, filesDone } = download;
  const moving = phase === 'downloading';
  return (
    <div class="figures">
      <div class="figures-line">
        <span class="phase">{phaseText(download, strings, now)}</span>
        <span class="percent">{fraction === undefined ? '' : `${percentOf(fraction)} %`}</span>
      </div>
      <div class="figures-line">
        <span>{amountText(download, strings, figures)}</span>
        <span>
          {moving && bytesPerSecond !== undefined
            ? fill(strings.speed, figures.speed(bytesPerSecond))
            : ''}
        </span>
      </div>
      <div class="figures-line quiet">
        <span>
          {moving
            ? secondsRemaining === undefined
              ? strings.timeLeftUnknown
              : fill(strings.timeLeft, figures.duration(secondsRemaining))
            : ''}
        </span>
        <span>
          {moving && connections !== undefined && connections > 0
            ? fillCount(strings.connectionsOne, strings.connections, connections)
            : filesTotal !== undefined && filesTotal > 1
              ? fill(strings.filesDone, filesDone, filesTotal)
              : ''}
        </span>
      </div>
    </div>
  );
}
