import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isObject, parseJson } from '../../../src/common/json';
import { fill } from '../../../src/protocol/format';
import type { Translate } from '../../../src/protocol/progressText';
import { localArg } from '../../../src/vscode/ui/localArgs';

const bundle = parseJson(readFileSync('l10n/bundle.l10n.de.json', 'utf8'));
assert.ok(isObject(bundle));
const keys = new Set(Object.keys(bundle));

/**
 * The text in brackets if a bundle has a translation for it; its holes stay outside, and so do the values in them. A
 * semicolon does too, since rows cut what is measured there.
 */
function marked(text: string): string {
  if (!keys.has(text)) return text;
  const parts = text.split(/(\{\d+\}|;)/);
  return parts.map((part) => (/^(?:\{\d+\}|;|)$/.test(part) ? part : `⟦${part}⟧`)).join('');
}

/**
 * Says every text with a translation in brackets, and figures as German writes them, as the editor's translator does: what
 * is left outside of brackets is a name, a figure, or was not translated.
 */
export const markingTranslator: Translate = Object.assign(
  (message: string, ...args: (string | number)[]): string =>
    args.length === 0
      ? marked(message)
      : fill(marked(message), ...args.map((arg) => localArg(arg, 'de', marked))),
  { language: 'de' },
);

const units = new Set(['kB', 'MB', 'GB', 'TB', 'GiB']);

/** The words and English figures of texts that are neither translated nor names. Empty when all is right. */
export function untranslated(texts: readonly string[], names: Iterable<string>): string[] {
  const known = [...new Set(names)]
    .filter((name) => name !== '')
    .sort((a, b) => b.length - a.length);
  // One text for the same words: a word is shown with hundreds of models.
  const found = new Map<string, string>();
  for (const text of new Set(texts)) {
    let rest = text.replaceAll(/⟦[^⟦⟧]*⟧/g, '\n').replaceAll('\u00a0', ' ');
    for (const name of known) rest = rest.replaceAll(name, '\n');
    const words = (rest.match(/\p{L}{2,}/gu) ?? []).filter((word) => !units.has(word));
    const strange = [...words, ...(rest.match(/\d\.\d/g) ?? [])].join(' ');
    if (strange !== '' && !found.has(strange)) found.set(strange, text);
  }
  return [...found].map(([strange, text]) => `${strange} (in: ${text})`);
}
