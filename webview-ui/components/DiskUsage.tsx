import type { PanelDisk } from '../../src/protocol/panelSnapshot';
import { diskShares } from '../store/diskShares';
import { fill } from '../text/fill';
import { usePanel } from './panelContext';

/** What the cache takes of the disk, as a bar by family with the free space, and the same in words. */
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
