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

/** A framed line with an icon: a hint, a warning, a failure. `action` stands behind its text. */
export function Note(props: {
  readonly icon: IconName;
  readonly tone?: 'warning' | 'error' | undefined;
  readonly role?: 'alert' | 'status';
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
}) {
  const { icon, tone, role, children, action } = props;
  return (
    <div class={tone === undefined ? 'note' : `note note-${tone}`} role={role}>
      <Icon name={icon} />
      <p>{children}</p>
      {action}
    </div>
  );
}

/** A short word on a row. `quiet` is plain text with an icon; the others are filled in the theme's colours. */
export function Badge(props: {
  readonly tone: 'quiet' | 'count' | 'good' | 'warning' | 'error';
  readonly icon?: IconName;
  readonly title?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`badge badge-${props.tone}`} title={props.title}>
      {props.icon === undefined ? null : <Icon name={props.icon} />}
      {props.children}
    </span>
  );
}

const paths = {
  check: 'M3 8.5l3.2 3.2L13 4.6',
  chevron: 'M6 3.5L10.5 8 6 12.5',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  download: 'M8 2.5v7.5M4.6 6.9L8 10.3l3.4-3.4M3 13h10',
  info: 'M8 7.2v4M8 4.7v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
  search: 'M10.3 10.3L14 14M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0z',
  star: 'M8 2.2l1.7 3.7 4 .5-3 2.7.8 4L8 11.1l-3.5 2 .8-4-3-2.7 4-.5z',
  warning: 'M8 6.2v3.4M8 11.6v.1M8 2.3l6.1 11.2H1.9z',
  error: 'M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
  back: 'M10 3.5L5.5 8l4.5 4.5',
} as const;

type IconName = keyof typeof paths;

/** A line drawing in the text's colour. Decoration only: the text next to it, or the label of its button, has the meaning. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.2"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

/** The placeholder of a list: why it is empty, and what to do. */
export function EmptyState(props: {
  readonly title: string;
  readonly hint?: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p class="empty-title">{props.title}</p>
      {props.hint === undefined ? null : <p class="quiet">{props.hint}</p>}
      {props.children === undefined ? null : <div class="actions">{props.children}</div>}
    </div>
  );
}
