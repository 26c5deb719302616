import { Fragment } from 'preact';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import { canRetry } from '../../src/protocol/errorActions';
import { fill } from '../../src/protocol/format';
import { canCancel, canPause, phaseOf, progressParts } from '../../src/protocol/phase';
import { LinkButton } from './controls';
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
  const { modelId, modelName, downloadId, status } = download;
  const phase = phaseOf(download);
  const now = useNow(phase === 'waiting');
  const act = (text: string, run: () => void, label = text) => (
    <LinkButton label={`${label}: ${modelName}`} onClick={run}>
      {text}
    </LinkButton>
  );
  return (
    <li class="strip-line">
      <div class="strip-head">
        <span class="strip-name">{modelName}</span>
        <span class={phase === 'error' ? 'strip-phase strip-error' : 'strip-phase'}>
          {progressParts(download, now, strings, figures)
            // The dialog shows why a download waits; the line over the strip counts the queue.
            .filter(({ kind }) => kind !== 'reason' && kind !== 'queue')
            .map(({ kind, text }) => (
              // Each kind has its width, so that those behind it stay where they are while it changes.
              <Fragment key={kind}>
                <span class={`strip-part strip-part-${kind}`}>{text}</span>{' '}
              </Fragment>
            ))}
        </span>
      </div>
      <ProgressBar download={download} label={fill(strings.stripDownloading, modelName)} />
      <div class="strip-actions">
        {act(strings.showDownload, () => props.onShow(modelId))}
        {canPause(download) ? act(strings.pause, () => void store.pauseDownload(downloadId)) : null}
        {status === 'paused' ? act(strings.resume, () => void store.resumeDownload(modelId)) : null}
        {canRetry(download) ? act(strings.retry, () => void store.retryDownload(modelId)) : null}
        {status === 'error'
          ? act(strings.dismiss, () => void store.run({ kind: 'dismiss', downloadId }))
          : null}
        {canCancel(download)
          ? act(strings.cancel, () => void store.cancelDownload(downloadId), strings.cancelDownload)
          : null}
      </div>
    </li>
  );
}
