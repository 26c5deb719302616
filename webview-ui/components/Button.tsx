import type { ComponentChildren } from 'preact';

/** A toolkit button. A disabled one keeps its tooltip, and says the reason to a screen reader too. */
export function Button(props: {
  readonly onClick: () => void;
  readonly children: ComponentChildren;
  readonly kind?: 'primary' | 'secondary';
  readonly disabled?: boolean;
  readonly title?: string;
  /** When the text alone does not say which model it acts on. */
  readonly label?: string;
}) {
  const { onClick, children, kind = 'secondary', disabled = false, title, label } = props;
  return (
    <vscode-button
      class={kind === 'primary' ? 'main-button' : undefined}
      appearance={kind}
      disabled={disabled}
      title={title}
      aria-label={
        label ??
        (disabled && typeof children === 'string' && title !== undefined
          ? `${children}: ${title}`
          : undefined)
      }
      onClick={disabled ? undefined : onClick}
    >
      {children}
    </vscode-button>
  );
}
