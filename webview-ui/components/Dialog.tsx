import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './controls';
import { usePanel } from './panelContext';

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
    // Opening and closing take the keyboard, even when the user is typing elsewhere in the editor: nothing that is
    // inert can, and what is removed without being closed gives nothing back.
    dialog.inert = !document.hasFocus();
    dialog.showModal();
    dialog.inert = false;
    // The browser would start at the cross; a person wants the main button under the Enter key. By its class: what the
    // toolkit says in attributes comes a frame later.
    const start = dialog.querySelector<HTMLElement>('.dialog-footer .main-button');
    const stop = whenFocused(() => start?.focus());
    return () => {
      stop();
      if (document.hasFocus()) dialog.close();
      whenFocused(() => {
        if (!(before instanceof HTMLElement && before.isConnected)) return;
        // As the browser gives it back; and a click that brings a person back must hit the element under it.
        before.focus({ preventScroll: true });
      });
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

/** At once when the page has the keyboard, else when it gets it. Returns what calls it off. */
function whenFocused(focus: () => void): () => void {
  if (document.hasFocus()) {
    focus();
    return () => undefined;
  }
  window.addEventListener('focus', focus, { once: true });
  return () => window.removeEventListener('focus', focus);
}
