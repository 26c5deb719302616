import type { ComponentChildren } from 'preact';

/** What stands where a list would be: why it is empty, and what to do. */
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
