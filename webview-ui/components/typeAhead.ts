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
    // A word that grows may still be the one that has the focus; a single letter goes on from there.
    const from = isOneLetter ? at + 1 : Math.max(0, at);
    const turned = [...items.slice(from), ...items.slice(0, from)];
    const starts = turned.find(({ name }) => name.toLowerCase().startsWith(wanted));
    const word =
      starts ?? turned.find(({ name }) => ` ${name.toLowerCase()}`.includes(` ${wanted}`));
    return word?.key;
  }
}
