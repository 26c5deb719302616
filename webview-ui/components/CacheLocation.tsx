import { useState } from 'preact/hooks';
import type { PanelDisk } from '../../src/protocol/panelSnapshot';
import { fill } from '../text/fill';
import { Button } from './Button';
import { ConfirmDialog } from './ConfirmDialog';
import { usePanel } from './panelContext';

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
