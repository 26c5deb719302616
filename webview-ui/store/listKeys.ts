/** One line of the list as the keyboard walks it. */
export interface ListItem {
  readonly key: string;
  /** Families only: whether its variants show. */
  readonly open?: boolean;
  /** Variants only: the family's key. */
  readonly parent?: string;
}

/** What a key does in the list. */
export type KeyEffect =
  | { readonly kind: 'focus'; readonly key: string }
  | { readonly kind: 'toggle'; readonly key: string }
  | { readonly kind: 'choose'; readonly key: string }
  | undefined;

/** A tree's keys: arrows, Home, End, page keys; right and left open and close; Enter and Space act. */
export function keyEffect(items: readonly ListItem[], focusKey: string, key: string): KeyEffect {
  const at = items.findIndex((item) => item.key === focusKey);
  const item = items[at];
  if (item === undefined) return undefined;
  switch (key) {
    case 'ArrowDown':
      return focus(items, at + 1);
    case 'ArrowUp':
      return focus(items, at - 1);
    case 'PageDown':
      return focus(items, Math.min(items.length - 1, at + 10));
    case 'PageUp':
      return focus(items, Math.max(0, at - 10));
    case 'Home':
      return focus(items, 0);
    case 'End':
      return focus(items, items.length - 1);
    case 'ArrowRight':
      if (item.open === false) return { kind: 'toggle', key: item.key };
      return item.open === true ? focus(items, at + 1) : undefined;
    case 'ArrowLeft':
      if (item.open === true) return { kind: 'toggle', key: item.key };
      return item.parent === undefined ? undefined : { kind: 'focus', key: item.parent };
    case 'Enter':
      return { kind: item.open === undefined ? 'choose' : 'toggle', key: item.key };
    case ' ':
      return item.open === undefined
        ? { kind: 'focus', key: item.key }
        : { kind: 'toggle', key: item.key };
    default:
      return undefined;
  }
}

function focus(items: readonly ListItem[], at: number): KeyEffect {
  const item = items[at];
  return item === undefined ? undefined : { kind: 'focus', key: item.key };
}
