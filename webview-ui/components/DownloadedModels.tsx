import { useState } from 'preact/hooks';
import { fill, fillCount } from '../../src/protocol/format';
import type { PanelDisk, PanelSnapshot, PanelUpdates } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { Button, EmptyState } from './controls';
import { ConfirmDialog } from './ConfirmDialog';
import { DownloadedTable } from './DownloadedTable';
import { PartialsTable } from './PartialsTable';
import { usePanel } from './panelContext';

/** The models in the cache, their sizes, and their actions. */
export function DownloadedModels(props: {
  readonly snapshot: PanelSnapshot;
  readonly onBrowse: () => void;
  /** Opens the dialog of a model whose download was started or continued here. */
  readonly onDownload: (modelId: string) => void;
}) {
  const { strings, store } = usePanel();
  const { snapshot } = props;
  const models = snapshot.models.filter(({ disk }) => disk !== undefined);
  // The content of a missing folder is unknown; its notice stands above and says what to do.
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

/** *Check for Updates* with its result, *Update All*, *Refresh*, *Import*. */
function UpdatesLine({ updates }: { readonly updates: PanelUpdates }) {
  const { store, strings } = usePanel();
  return (
    <div class="toolbar">
      <Button
        disabled={updates.state === 'checking'}
        onClick={() => void store.run({ kind: 'checkForUpdates' })}
      >
        {strings.checkForUpdates}
      </Button>
      {updates.state === 'checked' && updates.available > 0 ? (
        <Button kind="primary" onClick={() => void store.run({ kind: 'updateAll' })}>
          {strings.updateAll}
        </Button>
      ) : null}
      <Button onClick={() => void store.checkDownloadedModels()}>{strings.refresh}</Button>
      <Button onClick={() => void store.run({ kind: 'importModel' })}>{strings.importModel}</Button>
      <span class="toolbar-result" role="status">
        {updatesText(updates, strings)}
      </span>
    </div>
  );
}

function updatesText(updates: PanelUpdates, strings: PanelStrings): string {
  switch (updates.state) {
    case 'unknown':
      return '';
    case 'checking':
      return strings.checkingUpdates;
    case 'failed':
      return fill(strings.updatesFailed, updates.message);
    case 'checked':
      return updates.available === 0
        ? strings.updatesNone
        : fillCount(strings.updatesOne, strings.updatesMany, updates.available);
  }
}

/** The size of the cache on the disk, as a bar by family with the free space, and the same in words. */
export function DiskUsage({ disk }: { readonly disk: PanelDisk }) {
  const { strings, figures } = usePanel();
  const shares = diskShares(disk, strings.diskOther);
  return (
    <section aria-label={strings.diskUse}>
      <h2>{strings.diskUse}</h2>
      <p class="disk-total">
        {fill(strings.diskUsed, figures.bytes(disk.usedBytes))}
        {disk.freeBytes === undefined
          ? ''
          : ` · ${fill(strings.diskFree, figures.bytes(disk.freeBytes))}`}
      </p>
      <div class="disk-bar" aria-hidden="true">
        {shares.map((share, at) => (
          <span
            key={share.name}
            class={`disk-share chart-${at}`}
            style={{ width: `${share.percent}%` }}
            title={`${share.name}: ${figures.bytes(share.sizeOnDisk)}`}
          />
        ))}
      </div>
      {shares.length === 0 ? null : (
        <ul class="legend" aria-label={strings.diskByFamily}>
          {shares.map((share, at) => (
            <li key={share.name}>
              <span class={`swatch chart-${at}`} aria-hidden="true" />
              {share.name} <span class="quiet">{figures.bytes(share.sizeOnDisk)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Where the models lie, what that means, and *Clear Model Cache*. */
export function CacheLocation(props: {
  readonly disk: PanelDisk;
  readonly canClear: boolean;
  readonly downloading: boolean;
}) {
  const { store, strings, figures } = usePanel();
  const [clearing, setClearing] = useState(false);
  const { disk } = props;
  return (
    <section aria-label={strings.cachedLocally}>
      <h2>{strings.cachedLocally}</h2>
      <p class="quiet">{strings.cachedLocallyHint}</p>
      <div class="location">
        <code aria-label={strings.cacheLocation}>{disk.location}</code>
        {disk.hostName === undefined ? null : (
          <span class="quiet">{fill(strings.cacheOn, disk.hostName)}</span>
        )}
      </div>
      <div class="actions">
        <Button onClick={() => void store.run({ kind: 'copyCachePath' })}>{strings.copy}</Button>
        {disk.canReveal ? (
          <Button onClick={() => void store.run({ kind: 'revealCache' })}>{strings.reveal}</Button>
        ) : null}
        <Button onClick={() => void store.run({ kind: 'changeCache' })}>{strings.change}</Button>
        <Button disabled={!props.canClear} onClick={() => setClearing(true)}>
          {strings.clearCache}
        </Button>
      </div>
      {clearing ? (
        <ConfirmDialog
          title={strings.clearCacheTitle}
          confirm={strings.clearCache}
          onConfirm={() => void store.run({ kind: 'clearCache' })}
          onClose={() => setClearing(false)}
        >
          <p>
            {fill(strings.clearCacheBody, figures.bytes(disk.reclaimableBytes ?? disk.usedBytes))}
          </p>
          {props.downloading ? <p>{strings.clearCacheDownloads}</p> : null}
        </ConfirmDialog>
      ) : null}
    </section>
  );
}

/** One piece of the disk bar. `percent` is of everything shown: the cache and the free space. */
interface DiskShare {
  readonly name: string;
  readonly sizeOnDisk: number;
  readonly percent: number;
}

/** Further families are shown as "other": slivers of a bar are of no use. */
const shownFamilies = 5;

/** The pieces of the bar, the largest family first. Free space is what remains of the bar. */
export function diskShares(disk: PanelDisk, otherName: string): readonly DiskShare[] {
  const whole = disk.usedBytes + (disk.freeBytes ?? 0);
  if (whole === 0) return [];
  const sorted = disk.families
    .filter(({ sizeOnDisk }) => sizeOnDisk > 0)
    .toSorted((a, b) => b.sizeOnDisk - a.sizeOnDisk);
  const shown = sorted.slice(0, shownFamilies);
  const rest = Math.max(0, disk.usedBytes - shown.reduce((sum, each) => sum + each.sizeOnDisk, 0));
  return [...shown, ...(rest > 0 ? [{ name: otherName, sizeOnDisk: rest }] : [])].map((each) => ({
    ...each,
    percent: Math.min(100, (each.sizeOnDisk / whole) * 100),
  }));
}
