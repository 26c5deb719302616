import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelLoaded, PanelModel } from '../../src/protocol/panelSnapshot';
import { measuredText } from '../text/measuredText';
import { Badge } from './controls';
import { LoadModelButton } from './LoadModelButton';
import { ModelMenu } from './ModelMenu';
import { usePanel } from './panelContext';

/** The models on the disk. In a narrow panel each row becomes a block of its own (by style alone). */
export function DownloadedTable(props: {
  readonly models: readonly PanelModel[];
  readonly downloads: readonly ModelDownloadProgress[];
  readonly loaded: PanelLoaded | undefined;
}) {
  const { strings } = usePanel();
  return (
    <table class="table" aria-label={strings.tabDownloaded}>
      <thead>
        <tr>
          <th scope="col">{strings.colModel}</th>
          <th scope="col" class="number">
            {strings.colSize}
          </th>
          <th scope="col">{strings.colRevision}</th>
          <th scope="col">{strings.colLastUsed}</th>
          <th scope="col">{strings.colState}</th>
          <th scope="col">{strings.colActions}</th>
        </tr>
      </thead>
      <tbody>
        {props.models.map((model) => (
          <DownloadedRow
            key={model.modelId}
            model={model}
            download={props.downloads.find(({ modelId }) => modelId === model.modelId)}
            loaded={props.loaded}
          />
        ))}
      </tbody>
    </table>
  );
}

function DownloadedRow(props: {
  readonly model: PanelModel;
  readonly download: ModelDownloadProgress | undefined;
  readonly loaded: PanelLoaded | undefined;
}) {
  const { strings, figures } = usePanel();
  const { model } = props;
  const { disk } = model;
  if (disk === undefined) return null;
  return (
    <tr>
      <th scope="row">
        <span class="cell-name">{model.name}</span>
        <span class="quiet">{disk.familyName}</span>
        {disk.measured === undefined ? null : (
          <span class="quiet">{measuredText(disk.measured, strings, figures)}</span>
        )}
      </th>
      <td class="number" data-column={strings.colSize}>
        {figures.bytes(disk.sizeOnDisk)}
      </td>
      <td data-column={strings.colRevision}>
        <code title={disk.revision}>{disk.revision.slice(0, 7)}</code>
      </td>
      <td data-column={strings.colLastUsed}>
        {disk.lastUsedMs === undefined ? strings.neverUsed : figures.date(disk.lastUsedMs)}
      </td>
      <td data-column={strings.colState}>
        <StateBadges model={model} verified={disk.verified} />
      </td>
      <td>
        <div class="actions">
          <LoadModelButton
            primary={false}
            modelId={model.modelId}
            name={model.name}
            model={model}
            download={props.download}
            loaded={props.loaded}
          />
          <ModelMenu model={model} />
        </div>
      </td>
    </tr>
  );
}

function StateBadges(props: { readonly model: PanelModel; readonly verified: boolean }) {
  const { strings } = usePanel();
  const { model, verified } = props;
  return (
    <span class="badges">
      {model.busy === undefined ? null : (
        <Badge tone="quiet">
          {model.busy === 'verifying' ? strings.verifyingModel : strings.deletingModel}
        </Badge>
      )}
      {model.busy !== undefined ? null : model.state === 'damaged' ? (
        <Badge tone="error" icon="error">
          {strings.damaged}
        </Badge>
      ) : verified ? (
        <Badge tone="good" icon="check">
          {strings.verified}
        </Badge>
      ) : (
        <Badge tone="warning" icon="warning">
          {strings.notVerified}
        </Badge>
      )}
      {model.updateAvailable ? <Badge tone="count">{strings.updateAvailable}</Badge> : null}
    </span>
  );
}
