import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { usePanel } from './panelContext';
import { Icon } from './Icon';

/** A modal dialog: the browser's own, which keeps the focus inside and gives it back. Escape and the cross close it. */
export function Dialog(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly footer: ComponentChildren;
  readonly alert?: boolean;
}) {
  const { strings } = usePanel();
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before a key can come: what is pressed after a question is seen must answer it, on the slowest machine too.
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    const before = document.activeElement;
    dialog.showModal();
    // The browser would start at the cross; a person wants the main button under the Enter key. By its class: what the
    // toolkit says in attributes comes a frame later.
    dialog.querySelector<HTMLElement>('.dialog-footer .main-button')?.focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      role={props.alert === true ? 'alertdialog' : undefined}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <header class="dialog-header">
        <h2 id={titleId}>{props.title}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label={strings.close}
          title={strings.close}
          onClick={props.onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="dialog-body">{props.children}</div>
      <footer class="dialog-footer">{props.footer}</footer>
    </dialog>
  );
}
