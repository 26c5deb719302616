import { useRef } from 'preact/hooks';
import { isFinal, type ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelModel } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { phaseOf } from '../store/downloadPhase';
import { downloadOfModel, type ModelDownloadState } from '../store/modelDownloadState';
import { fill, fillCount } from '../text/fill';
import { withUnbrokenFigures } from '../text/unbroken';
import { Dialog } from './Dialog';
import { DownloadButtons } from './DownloadButtons';
import { DownloadFigures, TransferFigures } from './DownloadFigures';
import { DownloadFiles } from './DownloadFiles';
import { ErrorActions } from './ErrorActions';
import { Icon } from './Icon';
import { LiveRegion } from './LiveRegion';
import { usePanel } from './panelContext';
import { ProgressBar } from './ProgressBar';

/** One model's download, whatever state it is in. Closing it changes nothing of the download. */
export function ModelDownloadDialog(props: {
  readonly modelId: string;
  readonly name: string;
  readonly state: ModelDownloadState;
  /** What a screen reader should hear. */
  readonly announced: string;
  readonly onClose: () => void;
  readonly onFreeUpSpace: () => void;
}) {
  const { strings } = usePanel();
  const { modelId, state } = props;
  const current = downloadOfModel(state.snapshot?.downloads, modelId);
  const model = state.snapshot?.models.find((each) => each.modelId === modelId);
  // The host forgets a cancelled download at once; the dialog says how it ended until it is closed.
  const last = useRef<ModelDownloadProgress | undefined>(undefined);
  if (current !== undefined) last.current = current;
  const download = current ?? ended(last.current) ?? alreadyHere(model);
  return (
    <Dialog
      title={fill(strings.dialogTitle, props.name)}
      onClose={props.onClose}
      footer={
        <DownloadButtons
          modelId={modelId}
          download={download}
          model={model}
          loaded={state.snapshot?.loaded}
          onClose={props.onClose}
        />
      }
    >
      <LiveRegion text={props.announced} />
      {state.answer?.failed === true ? (
        <div class="note note-error" role="alert">
          <Icon name="error" />
          <p>{state.answer.message}</p>
        </div>
      ) : null}
      {download === undefined ? (
        <>
          <p class="file-name">{props.name}</p>
          <progress class="bar" aria-label={strings.downloadProgress} />
          <DownloadFigures download={undefined} />
          <div class="dialog-slot" />
        </>
      ) : (
        <>
          <p class="file-name" title={download.currentFile}>
            {download.currentFile ?? download.modelName}
          </p>
          <ProgressBar download={download} label={strings.downloadProgress} />
          <DownloadFigures download={download} />
          <div class={isFinal(download.status) ? undefined : 'dialog-slot'}>
            {phaseOf(download) === 'downloading' ? <TransferFigures download={download} /> : null}
            <PhaseNote download={download} />
          </div>
          {download.status === 'error' ? (
            <ErrorActions
              code={download.errorCode ?? 'unknown'}
              modelId={modelId}
              onFreeUpSpace={props.onFreeUpSpace}
            />
          ) : null}
          {(download.files?.length ?? 0) > 1 ? (
            <DownloadFiles files={download.files ?? []} />
          ) : null}
        </>
      )}
    </Dialog>
  );
}

/** A record that the host no longer lists: it was cancelled, unless it says that it ended in another way. */
function ended(last: ModelDownloadProgress | undefined): ModelDownloadProgress | undefined {
  if (last === undefined || last.status === 'completed' || last.status === 'error') return last;
  // Its window was closed: what has arrived is kept, and can be resumed here.
  if (last.inOtherWindow === true && last.status === 'paused') return last;
  return { ...last, status: 'cancelled' };
}

/** A model of which every byte was there before anything was fetched has no record, and is complete. */
function alreadyHere(model: PanelModel | undefined): ModelDownloadProgress | undefined {
  if (model?.state !== 'downloaded') return undefined;
  return {
    downloadId: '',
    modelId: model.modelId,
    modelName: model.name,
    status: 'completed',
    downloadedBytes: model.presentBytes,
    totalBytes: model.presentBytes,
    filesDone: 0,
    stalled: false,
  };
}

function PhaseNote({ download }: { readonly download: ModelDownloadProgress }) {
  const { strings, figures } = usePanel();
  const phase = phaseOf(download);
  if (phase === 'error') {
    return (
      <div class="note note-error">
        <Icon name="error" />
        <div>
          <p>{withUnbrokenFigures(download.errorMessage ?? '')}</p>
          {download.downloadedBytes > 0 ? (
            <p>{fill(strings.errorKept, figures.bytes(download.downloadedBytes))}</p>
          ) : null}
        </div>
      </div>
    );
  }
  const text = noteText(download, phase, strings);
  if (text === '') return null;
  const warns = phase === 'stalled' || phase === 'waiting';
  return (
    <div class={warns ? 'note note-warning' : 'note'}>
      <Icon name={warns ? 'warning' : phase === 'completed' ? 'check' : 'info'} />
      <p>{text}</p>
    </div>
  );
}

function noteText(
  download: ModelDownloadProgress,
  phase: ReturnType<typeof phaseOf>,
  strings: PanelStrings,
): string {
  switch (phase) {
    case 'stalled':
      return strings.stalledHint;
    case 'waiting':
      return download.retryReason === undefined
        ? strings.stalledHint
        : fill(strings.waitingReason, download.retryReason);
    case 'paused':
      return strings.pausedHint;
    case 'queued':
      return strings.queuedHint;
    case 'cancelled':
      return strings.cancelledHint;
    case 'completed':
      return strings.completedHint;
    case 'downloading':
    case 'resolving':
    case 'verifying':
    case 'error': {
      if (download.inOtherWindow === true) return strings.inOtherWindowHint;
      const behind = download.queuedBehind ?? 0;
      return behind === 0 ? '' : fillCount(strings.queuedBehindOne, strings.queuedBehind, behind);
    }
  }
}
