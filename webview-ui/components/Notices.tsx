import type { PanelFailedLoad, PanelLoaded, PanelNotice } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import type { ModelDownloadState } from '../store/modelDownloadState';
import { fill } from '../../src/protocol/format';
import { Icon, LinkButton } from './controls';
import { usePanel } from './panelContext';

/** What concerns the whole panel: no network, no folder, a failed load, the answer to the last action. */
export function Notices(props: {
  readonly notices: readonly PanelNotice[];
  readonly loaded: PanelLoaded | undefined;
  readonly failedLoad: PanelFailedLoad | undefined;
  readonly answer: ModelDownloadState['answer'];
}) {
  const { store, strings } = usePanel();
  const { notices, loaded, failedLoad, answer } = props;
  return (
    <div class="notices">
      {notices.map((notice) => (
        <div key={notice.kind + notice.message} class="note note-warning">
          <Icon name="warning" />
          <p>{notice.message}</p>
          <NoticeAction kind={notice.kind} />
        </div>
      ))}
      {loaded === undefined ? null : (
        <div class="note">
          <Icon name={loaded.state === 'loaded' ? 'check' : 'info'} />
          <p>
            {fill(
              loaded.state === 'loaded' ? strings.modelLoaded : strings.modelLoading,
              loaded.name,
            )}
          </p>
        </div>
      )}
      {failedLoad === undefined ? null : (
        <div class="note note-error" role="alert">
          <Icon name="error" />
          <p>{failureText(failedLoad, strings)}</p>
        </div>
      )}
      {answer === undefined ? null : (
        <div
          class={answer.failed ? 'note note-error' : 'note'}
          role={answer.failed ? 'alert' : 'status'}
        >
          <Icon name={answer.failed ? 'error' : 'check'} />
          <p>{answer.message}</p>
          <LinkButton onClick={() => store.dismissAnswer()}>{strings.dismiss}</LinkButton>
        </div>
      )}
    </div>
  );
}

/** What mends it, or says more. */
function NoticeAction({ kind }: Pick<PanelNotice, 'kind'>) {
  const { store, strings } = usePanel();
  switch (kind) {
    case 'folderMissing':
      return (
        <LinkButton onClick={() => void store.run({ kind: 'changeCache' })}>
          {strings.changeFolder}
        </LinkButton>
      );
    case 'offline':
      return (
        <LinkButton onClick={() => void store.run({ kind: 'openProxySettings' })}>
          {strings.openProxySettings}
        </LinkButton>
      );
    case 'error':
    case 'catalogProblem':
      return (
        <LinkButton onClick={() => void store.run({ kind: 'showLog' })}>
          {strings.showLog}
        </LinkButton>
      );
  }
}

/** The message, which mostly names the model; where it does not, the name comes before it. */
function failureText({ name, message }: PanelFailedLoad, strings: PanelStrings): string {
  return message.includes(name) ? message : fill(strings.modelLoadFailed, name, message);
}
