/**
 * A message for the user as its English template and its arguments, so that the core needs no editor and `vscode/`
 * can still show it in the user's language (the template is the `l10n` key).
 */
export interface LocalizedMessage {
  /** English, with `{0}`, `{1}` … where the arguments go. */
  readonly template: string;
  /** Already formatted for reading (sizes, names, hosts); never a token or a signed address. */
  readonly args: readonly (string | number)[];
}

/** Builds a {@link LocalizedMessage}. The template must be a literal: a test collects all of them from the source. */
export function localized(
  template: string,
  ...args: readonly (string | number)[]
): LocalizedMessage {
  return { template, args };
}

/**
 * A part of a sentence that a message takes in as an argument: of several words, English, and a key of the bundles as a
 * template is. The text must be a literal.
 */
export function phrase(text: string): string {
  return text;
}

/** The English text of a message. */
export function englishText({ template, args }: LocalizedMessage): string {
  return template.replace(/\{(\d+)\}/g, (hole, index: string) =>
    String(args[Number(index)] ?? hole),
  );
}
