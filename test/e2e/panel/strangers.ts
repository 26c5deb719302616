import type { Frame, Page } from 'playwright-core';
import type { PanelCatalog } from '../../../src/protocol/panelSnapshot';
import { formatName } from '../../../src/protocol/programs';
import { createFigures } from '../../../src/protocol/format';
import { languageNames } from '../../../src/protocol/languageNames';
import { bundles, type Language, stringsIn } from './panelPage';

/** Everything that is shown or announced: texts, labels, tooltips, placeholders; shadow roots, too. */
export function textsOf(page: Page | Frame): Promise<string[]> {
  // As text: tsx would put its own helpers into a function.
  return page.evaluate(`(() => {
    const found = new Set([document.title]);
    const look = (root) => {
      for (const node of root.childNodes) {
        if (node.nodeType === 3) found.add(node.data.trim());
        if (node.nodeType !== 1 || node.localName === 'script' || node.localName === 'style') continue;
        for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-description']) {
          found.add((node.getAttribute(name) ?? '').trim());
        }
        look(node);
        if (node.shadowRoot !== null) look(node.shadowRoot);
      }
    };
    look(document.body);
    found.delete('');
    return [...found];
  })()`);
}

/** Every text in a value of plain data. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

export const wordsOf = (text: string): string[] => text.match(/[A-Za-zÄÖÜäöüß]{2,}/g) ?? [];

/** Stands in no text. */
const between = '\u0001';

/** The words of a page that are neither translated nor what the host said nor a name. */
export function strangers(
  shown: readonly string[],
  said: readonly string[],
  translated: ReadonlySet<string>,
): string[] {
  // Not the codes of languages and states: the page never shows one, and they are parts of many words.
  const data = [...new Set(said.filter((text) => !/^[a-z]{0,3}$/.test(text)))].sort(
    (a, b) => b.length - a.length,
  );
  // All texts at once: thousands of what the host said are looked for in hundreds of texts.
  let rest = shown
    .map((text) => text.replaceAll('\u00a0', ' ').replaceAll(/[0-9a-f]{12,}/g, ' '))
    .join(between);
  for (const each of data) rest = rest.replaceAll(each, '\u0020');
  return rest.split(between).flatMap((left, at) => {
    const strange = wordsOf(left).filter((word) => !translated.has(word));
    return strange.length === 0 ? [] : [`${strange.join(' ')} (in: ${shown[at] ?? ''})`];
  });
}

/** All words that may stand in a page of that language besides names and texts of a catalog. */
export function wordsIn(language: Language, catalog: PanelCatalog): ReadonlySet<string> {
  const languageName = languageNames(language, stringsIn(language));
  const figures = createFigures(language, stringsIn(language));
  const variants = catalog.families.flatMap((family) => family.variants);
  const formats = variants.map(({ format }) => formatName(format));
  const months = Array.from({ length: 12 }, (_, at) => figures.date(Date.UTC(2026, at, 15)));
  return new Set(
    [
      ...Object.values<string>({ ...stringsIn(language), ...bundles[language] }),
      ...variants.flatMap((variant) => variant.languages.map(languageName)),
      ...formats,
      ...months,
      // Units, and the figures that every leaderboard calls by these letters.
      'kB MB GB TB WER RTFx sha',
    ].flatMap(wordsOf),
  );
}
