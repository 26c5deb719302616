import { Fragment } from 'preact';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import { canCancel, canPause, phaseOf } from '../store/downloadPhase';
import { fractionOf } from '../store/modelDownloadState';
import { type Figures, percentOf } from '../text/figures';
import { fill } from '../text/fill';
import { amountText, phaseText } from './DownloadFigures';
import { LinkButton } from './LinkButton';
import { usePanel } from './panelContext';
import { ProgressBar } from './ProgressBar';
import { useNow } from './useNow';

/** The downloads that have not ended, over both tabs: the active one and the queue behind it. */
export function DownloadStrip(props: {
  readonly downloads: readonly ModelDownloadProgress[];
  readonly onShow: (modelId: string) => void;
}) {
  const { strings } = usePanel();
  const shown = props.downloads.filter(
    ({ status }) => status !== 'completed' && status !== 'cancelled',
  );
  if (shown.length === 0) return null;
  const queued = shown.filter(({ status }) => status === 'queued').length;
  return (
    <section class="strip" aria-label={strings.activeDownload}>
      {queued === 0 ? null : (
        <p class="quiet strip-note">
          {fill(strings.stripQueue, queued)}. {strings.stripQueueHint}
        </p>
      )}
      <ul>
        {shown.map((download) => (
          <StripLine key={download.downloadId} download={download} onShow={props.onShow} />
        ))}
      </ul>
    </section>
  );
}

function StripLine(props: {
  readonly download: ModelDownloadProgress;
  readonly onShow: (modelId: string) => void;
}) {
  const { store, strings, figures } = usePanel();
  const { download } = props;
  const { modelId, modelName, downloadId } = download;
  const phase = phaseOf(download);
  const now = useNow(phase === 'waiting');
  return (
    <li class="strip-line">
      <div class="strip-head">
        <span class="strip-name">{modelName}</span>
        <span class={phase === 'error' ? 'strip-phase strip-error' : 'strip-phase'}>
          {phase === 'error'
            ? (download.errorMessage ?? strings.phaseError)
            : lineParts(download, phaseText(download, strings, figures, now), strings, figures).map(
                ({ kind, text }) => (
                  <Fragment key={kind}>
                    <span class={`strip-part strip-part-${kind}`}>{text}</span>{' '}
                  </Fragment>
                ),
              )}
        </span>
      </div>
      <ProgressBar download={download} label={fill(strings.stripDownloading, modelName)} />
      <div class="strip-actions">
        <LinkButton
          label={`${strings.showDownload}: ${modelName}`}
          onClick={() => props.onShow(modelId)}
        >
          {strings.showDownload}
        </LinkButton>
        {canPause(download) ? (
          <LinkButton
            label={`${strings.pause}: ${modelName}`}
            onClick={() => void store.pauseDownload(downloadId)}
          >
            {strings.pause}
          </LinkButton>
        ) : download.status === 'paused' ? (
          <LinkButton
            label={`${strings.resume}: ${modelName}`}
            onClick={() => void store.resumeDownload(modelId)}
          >
            {strings.resume}
          </LinkButton>
        ) : null}
        {download.status === 'error' ? (
          <>
            <LinkButton
              label={`${strings.retry}: ${modelName}`}
              onClick={() => void store.retryDownload(modelId)}
            >
              {strings.retry}
            </LinkButton>
            <LinkButton
              label={`${strings.dismiss}: ${modelName}`}
              onClick={() => void store.run({ kind: 'dismiss', downloadId })}
            >
              {strings.dismiss}
            </LinkButton>
          </>
        ) : null}
        {canCancel(download) ? (
          <LinkButton
            label={`${strings.cancelDownload}: ${modelName}`}
            onClick={() => void store.cancelDownload(downloadId)}
          >
            {strings.cancel}
          </LinkButton>
        ) : null}
      </div>
    </li>
  );
}

/** A part of the line. Each kind has its width, so that those behind it stay where they are while it changes. */
interface LinePart {
  readonly kind: 'phase' | 'percent' | 'amount' | 'speed' | 'left' | 'owner';
  readonly text: string;
}

function lineParts(
  download: ModelDownloadProgress,
  phase: string,
  strings: ReturnType<typeof usePanel>['strings'],
  figures: Figures,
): readonly LinePart[] {
  const fraction = fractionOf(download);
  const { status, bytesPerSecond, secondsRemaining } = download;
  const parts: LinePart[] = [{ kind: 'phase', text: phase }];
  if (status !== 'queued' && status !== 'resolving') {
    if (fraction !== undefined) parts.push({ kind: 'percent', text: `${percentOf(fraction)} %` });
    parts.push({ kind: 'amount', text: amountText(download, strings, figures) });
  }
  if (phaseOf(download) === 'downloading') {
    if (bytesPerSecond !== undefined)
      parts.push({ kind: 'speed', text: fill(strings.speed, figures.speed(bytesPerSecond)) });
    if (secondsRemaining !== undefined)
      parts.push({
        kind: 'left',
        text: fill(strings.timeLeft, figures.duration(secondsRemaining)),
      });
  }
  if (download.inOtherWindow === true) parts.push({ kind: 'owner', text: strings.inOtherWindow });
  return parts;
}
