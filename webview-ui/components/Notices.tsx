import type { PanelLoaded, PanelNotice } from '../../src/protocol/panelSnapshot';
import type { ModelDownloadState } from '../store/modelDownloadState';
import { fill } from '../text/fill';
import { Icon } from './Icon';
import { LinkButton } from './LinkButton';
import { usePanel } from './panelContext';

/** What concerns the whole panel: no network, no folder, a failed load, the answer to the last action. */
export function Notices(props: {
  readonly notices: readonly PanelNotice[];
  readonly loaded: PanelLoaded | undefined;
  readonly answer: ModelDownloadState['answer'];
}) {
  const { store, strings } = usePanel();
  const { notices, loaded, answer } = props;
  return (
    <div class="notices">
      {notices.map((notice) => (
        <div key={notice.kind + notice.message} class="note note-warning">
          <Icon name="warning" />
          <p>{notice.message}</p>
          {notice.kind === 'folderMissing' ? (
            <LinkButton onClick={() => void store.run({ kind: 'changeCache' })}>
              {strings.actionChangeFolder}
            </LinkButton>
          ) : (
            <LinkButton onClick={() => void store.run({ kind: 'showLog' })}>
              {strings.actionShowLog}
            </LinkButton>
          )}
        </div>
      ))}
      {loaded === undefined ? null : (
        <div class={loaded.state === 'failed' ? 'note note-error' : 'note'}>
          <Icon
            name={
              loaded.state === 'failed' ? 'error' : loaded.state === 'loaded' ? 'check' : 'info'
            }
          />
          <p>{loadedText(loaded, strings)}</p>
        </div>
      )}
      {answer === undefined ? null : (
        <div
          class={answer.failed ? 'note note-error' : 'note'}
          role={answer.failed ? 'alert' : 'status'}
        >
          <Icon name={answer.failed ? 'error' : 'check'} />
          <p>{answer.message}</p>
          <LinkButton
            onClick={() => {
              store.dismissAnswer();
            }}
          >
            {strings.dismiss}
          </LinkButton>
        </div>
      )}
    </div>
  );
}

function loadedText(loaded: PanelLoaded, strings: ReturnType<typeof usePanel>['strings']): string {
  switch (loaded.state) {
    case 'loading':
      return fill(strings.modelLoading, loaded.name);
    case 'loaded':
      return fill(strings.modelLoaded, loaded.name);
    case 'failed':
      return fill(strings.modelLoadFailed, loaded.name, loaded.message ?? '');
  }
}
