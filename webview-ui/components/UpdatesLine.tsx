import type { PanelUpdates } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { fill, fillCount } from '../text/fill';
import { Button } from './Button';
import { usePanel } from './panelContext';

/** *Check for Updates* with its result, *Update All*, *Refresh*, *Import*. */
export function UpdatesLine({ updates }: { readonly updates: PanelUpdates }) {
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
