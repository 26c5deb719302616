import type { ComponentChildren } from 'preact';

/** A button that looks like a link: for actions in a row, where a filled button would shout. */
export function LinkButton(props: {
  readonly onClick: () => void;
  readonly children: ComponentChildren;
  readonly label?: string;
  readonly title?: string;
  readonly disabled?: boolean;
  /** -1 where arrow keys lead to it instead of Tab. */
  readonly tabIndex?: number;
}) {
  return (
    <button
      type="button"
      class="link-button"
      aria-label={props.label}
      title={props.title}
      disabled={props.disabled}
      tabIndex={props.tabIndex}
      onClick={(event) => {
        event.stopPropagation();
        props.onClick();
      }}
    >
      {props.children}
    </button>
  );
}
