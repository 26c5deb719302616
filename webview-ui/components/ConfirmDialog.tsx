import type { ComponentChildren } from 'preact';
import { Button } from './controls';
import { Dialog } from './Dialog';
import { usePanel } from './panelContext';

/** Asks before something that can't be undone. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}) {
  const { strings } = usePanel();
  return (
    <Dialog
      alert
      title={props.title}
      onClose={props.onClose}
      footer={
        <>
          <Button
            kind="primary"
            onClick={() => {
              props.onClose();
              props.onConfirm();
            }}
          >
            {props.confirm}
          </Button>
          <Button onClick={props.onClose}>{strings.cancel}</Button>
        </>
      }
    >
      {props.children}
    </Dialog>
  );
}
