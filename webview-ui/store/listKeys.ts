/** One line of the list as the keyboard walks it. */
export interface ListItem {
  readonly key: string;
  /** Families only: whether its variants show. */
  readonly open?: boolean;
  /** Variants only: the family's key. */
  readonly parent?: string;
}

/** The effect of a key in the list. */
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

/** A pause after which a letter begins a new word, as in the editor's own trees. */
const wordPauseMs = 800;

/** One line of a list by its name. */
export interface NamedItem {
  readonly key: string;
  readonly name: string;
}

/**
 * Finds by typing: the letters typed shortly after one another are the beginning of a name, or of a word in it. The
 * same letter again and again goes from one match to the next.
 */
export class TypeAhead {
  readonly #now: () => number;
  #typed = '';
  #lastMs = -Infinity;

  /** `now` is a clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether keys typed now belong to a word that was begun: a space is a letter then. */
  get isTyping(): boolean {
    return this.#typed !== '' && this.#now() - this.#lastMs < wordPauseMs;
  }

  /** Where a letter leads to from `focusKey`; undefined: nowhere. */
  find(
    items: readonly NamedItem[],
    focusKey: string | undefined,
    letter: string,
  ): string | undefined {
    this.#typed = this.isTyping ? this.#typed + letter.toLowerCase() : letter.toLowerCase();
    this.#lastMs = this.#now();
    const first = this.#typed.charAt(0);
    const isOneLetter = this.#typed.replaceAll(first, '') === '';
    const wanted = isOneLetter ? first : this.#typed;
    const at = items.findIndex(({ key }) => key === focusKey);
    // A word that grows may still be the one that has the focus; a single letter starts behind it.
    const from = isOneLetter ? at + 1 : Math.max(0, at);
    const turned = [...items.slice(from), ...items.slice(0, from)];
    const starts = turned.find(({ name }) => name.toLowerCase().startsWith(wanted));
    const word =
      starts ?? turned.find(({ name }) => ` ${name.toLowerCase()}`.includes(` ${wanted}`));
    return word?.key;
  }
}
