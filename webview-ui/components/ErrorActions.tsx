import type { ErrorCode } from '../../src/protocol/errorCode';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { type ErrorAction, errorActions } from '../store/errorActions';
import { Button } from './Button';
import { usePanel } from './panelContext';

/** The buttons that can mend an error of this code. */
export function ErrorActions(props: {
  readonly code: ErrorCode;
  readonly modelId: string;
  readonly onFreeUpSpace: () => void;
}) {
  const { store, strings } = usePanel();
  const act = (action: ErrorAction): void => {
    switch (action) {
      case 'freeUpSpace':
        props.onFreeUpSpace();
        break;
      case 'openModelPage':
      case 'openLicence':
        void store.run({ kind: action, modelId: props.modelId });
        break;
      case 'changeCache':
      case 'setToken':
      case 'openProxySettings':
      case 'showLog':
        void store.run({ kind: action });
        break;
    }
  };
  return (
    <div class="error-actions">
      {errorActions(props.code).map((action) => (
        <Button key={action} onClick={() => act(action)}>
          {actionText(action, strings)}
        </Button>
      ))}
    </div>
  );
}

function actionText(action: ErrorAction, strings: PanelStrings): string {
  switch (action) {
    case 'freeUpSpace':
      return strings.actionFreeSpace;
    case 'changeCache':
      return strings.actionChangeFolder;
    case 'setToken':
      return strings.actionSetToken;
    case 'openModelPage':
      return strings.openPage;
    case 'openLicence':
      return strings.openLicence;
    case 'openProxySettings':
      return strings.actionProxySettings;
    case 'showLog':
      return strings.actionShowLog;
  }
}
