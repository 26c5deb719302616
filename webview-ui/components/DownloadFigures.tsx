import type { ComponentChildren } from 'preact';
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
  figures: Figures,
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
        ? fill(strings.phaseWaiting, figures.duration(seconds), attempt)
        : fill(strings.phaseWaitingNow, attempt);
    }
  }
}

/**
 * The numbers of the dialog. Each has its place, so that nothing moves when one comes or goes. Without a download:
 * the same places, before there is a number for any of them.
 */
export function DownloadFigures(props: { readonly download: ModelDownloadProgress | undefined }) {
  const { strings, figures } = usePanel();
  const { download } = props;
  const phase = download === undefined ? undefined : phaseOf(download);
  const now = useNow(phase === 'waiting');
  if (download === undefined) {
    return (
      <div class="figures">
        <FigureLine start={<span class="phase">{strings.starting}</span>} />
        <FigureLine />
      </div>
    );
  }
  const fraction = fractionOf(download);
  const { bytesPerSecond, filesTotal, filesDone } = download;
  const end =
    phase === 'downloading'
      ? bytesPerSecond === undefined
        ? ''
        : fill(strings.speed, figures.speed(bytesPerSecond))
      : filesTotal !== undefined && filesTotal > 1
        ? fill(strings.filesDone, filesDone, filesTotal)
        : '';
  return (
    <div class="figures">
      <FigureLine
        start={<span class="phase">{phaseText(download, strings, figures, now)}</span>}
        end={
          <span class="percent">{fraction === undefined ? '' : `${percentOf(fraction)} %`}</span>
        }
      />
      <FigureLine start={amountText(download, strings, figures)} end={end} />
    </div>
  );
}

/** What is known of a transfer while bytes flow: the time left and the connections. */
export function TransferFigures({ download }: { readonly download: ModelDownloadProgress }) {
  const { strings, figures } = usePanel();
  const { secondsRemaining, connections } = download;
  return (
    <div class="quiet">
      <FigureLine
        start={
          secondsRemaining === undefined
            ? strings.timeLeftUnknown
            : fill(strings.timeLeft, figures.duration(secondsRemaining))
        }
        end={
          connections !== undefined && connections > 0
            ? fillCount(strings.connectionsOne, strings.connections, connections)
            : ''
        }
      />
    </div>
  );
}

function FigureLine(props: {
  readonly start?: ComponentChildren;
  readonly end?: ComponentChildren;
}) {
  return (
    <div class="figures-line">
      <span>{props.start}</span>
      <span class="figure-end">{props.end}</span>
    </div>
  );
}
