import { useRef } from 'preact/hooks';
import {
  type FileProgress,
  isFinal,
  type ModelDownloadProgress,
} from '../../src/protocol/downloadProgress';
import { canRetry, type ErrorAction, errorActions } from '../../src/protocol/errorActions';
import { type Figures, fill, fillCount, percentText } from '../../src/protocol/format';
import type { PanelAction } from '../../src/protocol/panelMessages';
import type { PanelLoaded, PanelModel } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import {
  amountText,
  canCancel,
  canPause,
  type DownloadPhase,
  phaseOf,
} from '../../src/protocol/phase';
import { downloadOfModel, type ModelDownloadState } from '../store/modelDownloadState';
import { withUnbrokenFigures } from '../text/unbroken';
import { Button, Icon, Note } from './controls';
import { Dialog } from './Dialog';
import { DownloadFigures, TransferFigures } from './DownloadFigures';
import { LiveRegion } from './LiveRegion';
import { LoadModelButton } from './LoadModelButton';
import { usePanel } from './panelContext';
import { ProgressBar } from './ProgressBar';

/** One model's download, whatever state it is in. Closing it changes nothing of the download. */
export function ModelDownloadDialog(props: {
  readonly modelId: string;
  readonly name: string;
  readonly state: ModelDownloadState;
  /** The announcement for a screen reader. */
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
        <Note icon="error" tone="error" role="alert">
          {state.answer.message}
        </Note>
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
            <ErrorActions download={download} onFreeUpSpace={props.onFreeUpSpace} />
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
    <Note
      icon={warns ? 'warning' : phase === 'completed' ? 'check' : 'info'}
      tone={warns ? 'warning' : undefined}
    >
      {text}
    </Note>
  );
}

function noteText(
  { retryReason, inOtherWindow, isOwnerSilent, queuedBehind: behind = 0 }: ModelDownloadProgress,
  phase: DownloadPhase,
  strings: PanelStrings,
): string {
  const hints: Readonly<Partial<Record<DownloadPhase, string>>> = {
    stalled: strings.stalledHint,
    waiting:
      retryReason === undefined ? strings.stalledHint : fill(strings.waitingReason, retryReason),
    paused: strings.pausedHint,
    queued: strings.queuedHint,
    cancelled: strings.cancelledHint,
    completed: strings.completedHint,
  };
  const hint = hints[phase];
  if (hint !== undefined) return hint;
  if (isOwnerSilent === true) return strings.ownerSilentHint;
  if (inOtherWindow === true) return strings.inOtherWindowHint;
  return behind === 0 ? '' : fillCount(strings.queuedBehindOne, strings.queuedBehind, behind);
}

/** Each file of the model with its own bytes, collapsed at first. */
function DownloadFiles({ files }: { readonly files: readonly FileProgress[] }) {
  const { strings, figures } = usePanel();
  const done = files.filter(({ verified }) => verified).length;
  return (
    <details class="files">
      <summary>
        {strings.files} <span class="quiet">{fill(strings.filesDone, done, files.length)}</span>
      </summary>
      <ul>
        {files.map((file) => (
          <li key={file.path}>
            <span class="file-path" title={file.path}>
              {file.path}
            </span>
            <span class="file-figure">
              {file.verified
                ? `${figures.bytes(file.sizeBytes)}, ${strings.fileVerified}`
                : fileProgress(file, strings, figures)}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function fileProgress(file: FileProgress, strings: PanelStrings, figures: Figures): string {
  const bytes = { downloadedBytes: file.downloadedBytes, totalBytes: file.sizeBytes };
  return `${amountText(bytes, strings, figures)}, ${percentText(bytes) ?? ''}`;
}

/** The dialog's buttons for the state its download is in. */
function DownloadButtons(props: {
  readonly modelId: string;
  readonly download: ModelDownloadProgress | undefined;
  readonly model: PanelModel | undefined;
  readonly loaded: PanelLoaded | undefined;
  readonly onClose: () => void;
}) {
  const { store, strings } = usePanel();
  const { modelId, download, onClose } = props;
  const close = (kind: 'primary' | 'secondary') => (
    <Button kind={kind} onClick={onClose}>
      {strings.close}
    </Button>
  );
  if (download?.status === 'completed') {
    return (
      <>
        <LoadModelButton
          primary
          modelId={modelId}
          name={download.modelName}
          model={props.model}
          download={download}
          loaded={props.loaded}
        />
        {close('secondary')}
      </>
    );
  }
  if (download?.status === 'cancelled') {
    return (
      <>
        {close('primary')}
        <Button onClick={() => void store.run({ kind: 'download', modelId })}>
          {strings.download}
        </Button>
      </>
    );
  }
  if (download?.status === 'error') {
    return canRetry(download) ? (
      <>
        <Button kind="primary" onClick={() => void store.retryDownload(modelId)}>
          {strings.retry}
        </Button>
        {close('secondary')}
      </>
    ) : (
      <>
        {close('primary')}
        <Button
          onClick={() => {
            onClose();
            void store.run({ kind: 'dismiss', downloadId: download.downloadId });
          }}
        >
          {strings.dismiss}
        </Button>
      </>
    );
  }
  return (
    <>
      <Button kind="primary" title={strings.backgroundHint} onClick={onClose}>
        {strings.runInBackground}
      </Button>
      {download?.isOwnerSilent === true ? (
        <Button
          onClick={() => void store.run({ kind: 'takeOver', downloadId: download.downloadId })}
        >
          {strings.takeOver}
        </Button>
      ) : download?.status === 'paused' ? (
        <Button onClick={() => void store.resumeDownload(modelId)}>{strings.resume}</Button>
      ) : (
        <Button
          disabled={download === undefined || !canPause(download)}
          onClick={() => {
            if (download !== undefined) void store.pauseDownload(download.downloadId);
          }}
        >
          {strings.pause}
        </Button>
      )}
      <Button
        disabled={download === undefined || !canCancel(download)}
        onClick={() => {
          if (download !== undefined) void store.cancelDownload(download.downloadId);
        }}
      >
        {strings.cancelDownload}
      </Button>
    </>
  );
}

/** The remedies for the error of a failed download; *Retry* is among the dialog's own buttons. */
function ErrorActions(props: {
  readonly download: ModelDownloadProgress;
  readonly onFreeUpSpace: () => void;
}) {
  const { store, strings } = usePanel();
  const { download } = props;
  const { modelId, downloadId, errorCode } = download;
  const remedies: Readonly<Record<Exclude<ErrorAction, 'retry'>, (() => void) | PanelAction>> = {
    takeOver: { kind: 'takeOver', downloadId },
    freeUpSpace: props.onFreeUpSpace,
    // The hub shows the terms of a gated model on its page.
    openLicencePage: { kind: 'openModelPage', modelId },
    copyDetails: { kind: 'copyDetails', downloadId },
    changeFolder: { kind: 'changeCache' },
    setToken: { kind: 'setToken' },
    openProxySettings: { kind: 'openProxySettings' },
    diagnoseConnection: { kind: 'diagnoseConnection' },
    showLog: { kind: 'showLog' },
  };
  const run = (remedy: (() => void) | PanelAction): void => {
    if (typeof remedy === 'function') remedy();
    else void store.run(remedy);
  };
  return (
    <div class="error-actions">
      {errorActions(errorCode ?? 'unknown')
        .filter((action) => action !== 'retry')
        .map((action) => (
          <Button key={action} onClick={() => run(remedies[action])}>
            {strings[action]}
          </Button>
        ))}
    </div>
  );
}
