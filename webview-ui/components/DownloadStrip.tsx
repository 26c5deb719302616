import { Fragment } from 'preact';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import { errorActions } from '../../src/protocol/errorActions';
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
  const { modelId, modelName, downloadId } = download;
  const phase = phaseOf(download);
  const now = useNow(phase === 'waiting');
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
            {errorActions(download.errorCode ?? 'unknown').includes('retry') ? (
              <LinkButton
                label={`${strings.retry}: ${modelName}`}
                onClick={() => void store.retryDownload(modelId)}
              >
                {strings.retry}
              </LinkButton>
            ) : null}
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
