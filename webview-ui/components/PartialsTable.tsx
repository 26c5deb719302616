import { useState } from 'preact/hooks';
import { isFinal, type ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelPartial } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { type Figures, fill, percentText } from '../../src/protocol/format';
import { amountText } from '../../src/protocol/phase';
import { Button, LinkButton } from './controls';
import { ConfirmDialog } from './ConfirmDialog';
import { usePanel } from './panelContext';

/** Unfinished downloads: each can be resumed or discarded. */
export function PartialsTable(props: {
  readonly partials: readonly PanelPartial[];
  readonly downloads: readonly ModelDownloadProgress[];
  readonly onDownload: (modelId: string) => void;
}) {
  const { store, strings, figures } = usePanel();
  const [discarding, setDiscarding] = useState<PanelPartial | undefined>(undefined);
  const unended = props.downloads.filter(({ status }) => !isFinal(status));
  const running = new Set(unended.map(({ modelId }) => modelId));
  const paused = new Set(
    unended.filter(({ status }) => status === 'paused').map(({ modelId }) => modelId),
  );
  return (
    <section aria-label={strings.unfinished}>
      <h2>{strings.unfinished}</h2>
      <p class="quiet">{strings.unfinishedHint}</p>
      <table class="table" aria-label={strings.unfinished}>
        <thead>
          <tr>
            <th scope="col">{strings.colModel}</th>
            <th scope="col" class="number">
              {strings.colProgress}
            </th>
            <th scope="col">{strings.colAge}</th>
            <th scope="col">{strings.colActions}</th>
          </tr>
        </thead>
        <tbody>
          {props.partials.map((partial) => (
            <tr key={partial.modelId}>
              <th scope="row">
                <span class="cell-name">{partial.name}</span>
              </th>
              <td class="number" data-column={strings.colProgress}>
                {partialText(partial, strings, figures)}
              </td>
              <td data-column={strings.colAge}>{figures.date(partial.modifiedMs)}</td>
              <td>
                <div class="actions">
                  {partial.resumable ? (
                    <Button
                      disabled={running.has(partial.modelId) && !paused.has(partial.modelId)}
                      label={`${strings.resume}: ${partial.name}`}
                      onClick={() => {
                        void store.resumeDownload(partial.modelId);
                        props.onDownload(partial.modelId);
                      }}
                    >
                      {strings.resume}
                    </Button>
                  ) : null}
                  <LinkButton
                    disabled={running.has(partial.modelId)}
                    label={`${strings.discard}: ${partial.name}`}
                    onClick={() => setDiscarding(partial)}
                  >
                    {strings.discard}
                  </LinkButton>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {discarding === undefined ? null : (
        <ConfirmDialog
          title={fill(strings.discardTitle, discarding.name)}
          confirm={strings.discard}
          onConfirm={() => void store.run({ kind: 'discardPartial', modelId: discarding.modelId })}
          onClose={() => setDiscarding(undefined)}
        >
          <p>{fill(strings.discardBody, figures.bytes(discarding.downloadedBytes))}</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

function partialText(partial: PanelPartial, strings: PanelStrings, figures: Figures): string {
  const { downloadedBytes, totalBytes } = partial;
  if (totalBytes === undefined || totalBytes === 0) return figures.bytes(downloadedBytes);
  return `${amountText(partial, strings, figures)}, ${percentText(partial) ?? ''}`;
}
