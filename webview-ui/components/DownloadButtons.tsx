import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelLoaded, PanelModel } from '../../src/protocol/panelSnapshot';
import { canCancel, canPause } from '../store/downloadPhase';
import { Button } from './Button';
import { LoadModelButton } from './LoadModelButton';
import { usePanel } from './panelContext';

/** The dialog's buttons for the state its download is in. */
export function DownloadButtons(props: {
  readonly modelId: string;
  readonly download: ModelDownloadProgress | undefined;
  readonly model: PanelModel | undefined;
  readonly loaded: PanelLoaded | undefined;
  readonly onClose: () => void;
}) {
  const { store, strings } = usePanel();
  const { modelId, download, onClose } = props;
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
        <Button onClick={onClose}>{strings.close}</Button>
      </>
    );
  }
  if (download?.status === 'cancelled') {
    return (
      <>
        <Button kind="primary" onClick={onClose}>
          {strings.close}
        </Button>
        <Button onClick={() => void store.run({ kind: 'download', modelId })}>
          {strings.download}
        </Button>
      </>
    );
  }
  if (download?.status === 'error') {
    return (
      <>
        <Button kind="primary" onClick={() => void store.retryDownload(modelId)}>
          {strings.retry}
        </Button>
        <Button onClick={onClose}>{strings.close}</Button>
      </>
    );
  }
  return (
    <>
      <Button kind="primary" title={strings.backgroundHint} onClick={onClose}>
        {strings.runInBackground}
      </Button>
      {download?.status === 'paused' ? (
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
