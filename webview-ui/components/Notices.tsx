import type { PanelFailedLoad, PanelLoaded, PanelNotice } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import type { ModelDownloadState } from '../store/modelDownloadState';
import { fill } from '../../src/protocol/format';
import { LinkButton, Note } from './controls';
import { usePanel } from './panelContext';

/** Notices that concern the whole panel: no network, no folder, a failed load, the answer to the last action. */
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
      {notices.map(({ kind, message }) => (
        <Note
          key={kind + message}
          icon="warning"
          tone="warning"
          action={<NoticeActions kind={kind} />}
        >
          {message}
        </Note>
      ))}
      {loaded === undefined ? null : (
        <Note icon={loaded.state === 'loaded' ? 'check' : 'info'}>
          {fill(
            loaded.state === 'loaded' ? strings.modelLoaded : strings.modelLoading,
            loaded.name,
          )}
        </Note>
      )}
      {failedLoad === undefined ? null : (
        <Note icon="error" tone="error" role="alert">
          {failureText(failedLoad, strings)}
        </Note>
      )}
      {answer === undefined ? null : (
        <Note
          icon={answer.failed ? 'error' : 'check'}
          tone={answer.failed ? 'error' : undefined}
          role={answer.failed ? 'alert' : 'status'}
          action={<LinkButton onClick={() => store.dismissAnswer()}>{strings.dismiss}</LinkButton>}
        >
          {answer.message}
        </Note>
      )}
    </div>
  );
}

type NoticeActionKind = 'changeCache' | 'diagnoseConnection' | 'openProxySettings' | 'showLog';

/** The action against each notice, or the one that says more. */
const noticeActions: Readonly<Record<PanelNotice['kind'], readonly NoticeActionKind[]>> = {
  folderMissing: ['changeCache'],
  offline: ['diagnoseConnection', 'openProxySettings'],
  error: ['showLog'],
  catalogProblem: ['showLog'],
};

function NoticeActions(props: Pick<PanelNotice, 'kind'>) {
  const { store, strings } = usePanel();
  return (
    <>
      {noticeActions[props.kind].map((kind) => (
        <LinkButton key={kind} onClick={() => void store.run({ kind })}>
          {strings[kind === 'changeCache' ? 'changeFolder' : kind]}
        </LinkButton>
      ))}
    </>
  );
}

/** The message, which mostly names the model; where it does not, the name comes before it. */
function failureText({ name, message }: PanelFailedLoad, strings: PanelStrings): string {
  return message.includes(name) ? message : fill(strings.modelLoadFailed, name, message);
}
