import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelModel } from '../../src/protocol/panelSnapshot';
import { phaseOf, phaseText } from '../../src/protocol/phase';
import { fill, percentOf, percentText } from '../../src/protocol/format';
import { Badge, LinkButton } from './controls';
import { usePanel } from './panelContext';
import { ProgressBar } from './ProgressBar';
import { useNow } from './useNow';

/** The right end of a row: what of the model is here, and what a click does about it. */
export function VariantStatus(props: {
  readonly name: string;
  readonly model: PanelModel | undefined;
  readonly download: ModelDownloadProgress | undefined;
  /** Tab reaches the button only on the row that has the focus. */
  readonly tabIndex: number;
  /** Shows the state alone: the buttons for it are next to it already. */
  readonly stateOnly?: boolean;
  readonly onChoose: () => void;
}) {
  const { strings, figures } = usePanel();
  const { name, model, download, tabIndex, stateOnly = false, onChoose } = props;
  const now = useNow(download !== undefined && phaseOf(download) === 'waiting');
  if (
    download !== undefined &&
    download.status !== 'completed' &&
    download.status !== 'cancelled'
  ) {
    const text = phaseText(download, now, strings, figures);
    const known = percentText(download);
    const percent = known === undefined ? '' : ` ${known}`;
    return (
      <button
        type="button"
        class="row-progress"
        tabIndex={tabIndex}
        aria-label={`${strings.showDownload}: ${name}, ${text}${percent}`}
        title={strings.showDownload}
        onClick={(event) => {
          event.stopPropagation();
          onChoose();
        }}
      >
        <span class="row-progress-text">
          <span>{text}</span>
          <span class="percent">{percent}</span>
        </span>
        <ProgressBar download={download} label={name} />
      </button>
    );
  }
  if (model?.busy !== undefined) {
    return (
      <Badge tone="quiet">
        {model.busy === 'verifying' ? strings.verifyingModel : strings.deletingModel}
      </Badge>
    );
  }
  const act = (text: string) => (
    <LinkButton tabIndex={tabIndex} label={`${text}: ${name}`} onClick={onChoose}>
      {text}
    </LinkButton>
  );
  switch (model?.state) {
    case 'downloaded':
      return (
        <>
          {model.updateAvailable ? <Badge tone="count">{strings.updateAvailable}</Badge> : null}
          <Badge tone="good" icon="check">
            {strings.downloaded}
          </Badge>
        </>
      );
    case 'damaged':
      return (
        <>
          <Badge tone="error" icon="error">
            {strings.damaged}
          </Badge>
          {stateOnly ? null : act(strings.repair)}
        </>
      );
    case 'incomplete': {
      const { presentBytes, totalBytes } = model;
      return (
        <>
          <Badge tone="warning" icon="warning">
            {totalBytes === undefined || totalBytes === 0
              ? strings.incompleteUnknown
              : fill(strings.incomplete, percentOf(presentBytes / totalBytes))}
          </Badge>
          {stateOnly ? null : act(strings.resume)}
        </>
      );
    }
    case 'notDownloaded':
    case undefined:
      return act(strings.notDownloaded);
  }
}
