import type { PanelSnapshot } from '../../src/protocol/panelSnapshot';
import { Button } from './Button';
import { CacheLocation } from './CacheLocation';
import { DiskUsage } from './DiskUsage';
import { DownloadedTable } from './DownloadedTable';
import { EmptyState } from './EmptyState';
import { PartialsTable } from './PartialsTable';
import { UpdatesLine } from './UpdatesLine';
import { usePanel } from './panelContext';

/** What lies in the cache, what it costs, and what can be done about it. */
export function DownloadedModels(props: {
  readonly snapshot: PanelSnapshot;
  readonly onBrowse: () => void;
  /** Opens the dialog of a model whose download was started or continued here. */
  readonly onDownload: (modelId: string) => void;
}) {
  const { strings, store } = usePanel();
  const { snapshot } = props;
  const models = snapshot.models.filter(({ disk }) => disk !== undefined);
  // What lies in a folder that is not there is unknown; its notice stands above and says what to do.
  const folderMissing = snapshot.notices.some(({ kind }) => kind === 'folderMissing');
  return (
    <div class="downloaded">
      <UpdatesLine updates={snapshot.updates} />
      {models.length > 0 ? (
        <DownloadedTable models={models} downloads={snapshot.downloads} loaded={snapshot.loaded} />
      ) : folderMissing ? null : (
        <EmptyState title={strings.noneDownloaded} hint={strings.noneDownloadedHint}>
          <Button kind="primary" onClick={props.onBrowse}>
            {strings.browseModels}
          </Button>
          <Button onClick={() => void store.run({ kind: 'importModel' })}>
            {strings.importModel}
          </Button>
        </EmptyState>
      )}
      {snapshot.partials.length === 0 ? null : (
        <PartialsTable
          partials={snapshot.partials}
          downloads={snapshot.downloads}
          onDownload={props.onDownload}
        />
      )}
      <DiskUsage disk={snapshot.disk} />
      <CacheLocation
        disk={snapshot.disk}
        canClear={models.length > 0 || snapshot.partials.length > 0}
        downloading={snapshot.downloads.length > 0}
      />
    </div>
  );
}
