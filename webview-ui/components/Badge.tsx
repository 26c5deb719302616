import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './Icon';

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
