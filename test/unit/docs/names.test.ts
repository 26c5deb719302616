import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { collectStrings } from '../../../scripts/l10n/collectStrings';
import { type Document, document, documents, inlineCode, tableRows } from './support/documents';
import { commandTitles, manifestTexts, settings } from './support/manifest';

/** Names that begin as settings do: the view, the panel, and the extension's tables of what can be seen. */
const otherNames = ['asr.models', 'asr.modelManager'];

/** A name of a setting or command in a document that the manifest does not have. */
function unknownNames(from: Document): readonly string[] {
  return inlineCode(from)
    .flatMap((code) => code.match(/(?<![\w/.-])asr\.[a-z]\w*(?:\.\w+)*/g) ?? [])
    .filter((name) => !settings.has(name) && !commandTitles.has(name) && !otherNames.includes(name))
    .map((name) => `${from.name}: ${name}`);
}

/** The titles of commands that a document names, as the palette shows them. */
function namedCommands({ prose }: Document): readonly string[] {
  return [...prose.replaceAll(/\s+/g, ' ').matchAll(/\bASR: ([A-Z][^*"”`]*)/g)].map(
    ([, title = '']) => title,
  );
}

describe('the names in documents', () => {
  const all = documents();

  it('are those of settings and commands that are there', () => {
    assert.deepEqual(all.flatMap(unknownNames), []);
  });

  it('are titles that the palette has', () => {
    const titles = [...commandTitles.values()];
    const named = all.flatMap((from) => namedCommands(from).map((title) => [from.name, title]));
    assert.ok(named.length > 20);
    assert.deepEqual(
      named.filter(([, title = '']) => !titles.includes(title)),
      [],
    );
  });

  it('are words of buttons, rows and views that a person reads, where they are set off', () => {
    const said = new Set(
      [...collectStrings().strings, ...manifestTexts].map((text) =>
        text.replaceAll(/\$\([\w~-]+\) ?/g, '').replaceAll(/“?\{\d+\}”?/g, '…'),
      ),
    );
    // Of the editor itself, and of .vscode/launch.json.
    const others = ['Developer: Reload Window', 'Problems', 'Extension', 'Unit tests of this file'];
    const names = ['README.md', 'CONTRIBUTING.md', 'docs/settings.md', 'docs/networks.md'];
    const unknown = [...names, 'docs/troubleshooting.md'].flatMap((name) =>
      [...document(name).prose.matchAll(/(?<![*\w])\*([A-Z][^*]*)\*(?![*\w])/g)]
        .map(([, words = '']) => words.replaceAll(/\s+/g, ' ').replace(/^ASR: /, ''))
        .filter((words) => words.includes(' ') && !said.has(words) && !others.includes(words))
        .map((words) => `${name}: ${words}`),
    );
    assert.deepEqual(unknown, []);
  });
});

describe('docs/settings.md', () => {
  const rows = tableRows(document('docs/settings.md').prose);

  it('has every setting of the manifest, once, with its default, and no other', () => {
    const told = rows
      .filter(([name = '']) => name.startsWith('`asr.'))
      .map(([name = '', value = '']) => `${name} ${value}`);
    const declared = [...settings].map(([name, entry]) => {
      const value = entry['default'];
      const shown = typeof value === 'string' ? value : JSON.stringify(value);
      return `\`${name}\` ${shown === '' ? 'empty' : `\`${shown}\``}`;
    });
    assert.deepEqual([...told].sort(), [...declared].sort());
  });

  it('tells the bounds of each number, and the choices of each list', () => {
    for (const [name, entry] of settings) {
      const text = rows.find(([cell]) => cell === `\`${name}\``)?.[2] ?? '';
      const { minimum, maximum, enum: choices } = entry;
      if (typeof maximum === 'number' && maximum < 65_535) {
        assert.ok(text.includes(String(maximum)), `${name}: ${maximum}`);
      }
      if (typeof minimum === 'number' && minimum > 0) {
        assert.ok(text.includes(String(minimum)), `${name}: ${minimum}`);
      }
      for (const choice of Array.isArray(choices) ? choices : []) {
        assert.ok(text.includes(`\`${String(choice)}\``), `${name}: ${String(choice)}`);
      }
    }
  });

  it('names only variables of the environment that the source reads or writes', () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(`src/${name}`, 'utf8'))
      .join('\n');
    const named = inlineCode(document('docs/settings.md')).flatMap(
      (code) => /^[A-Z]+(?:_[A-Z]+)+(?==|$)/.exec(code) ?? [],
    );
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter((name) => !sources.includes(`'${name}'`)),
      [],
    );
  });

  it('is as many as README.md says', () => {
    const told = /^All (\d+), with defaults/m.exec(document('README.md').prose)?.[1];
    assert.equal(Number(told), settings.size);
  });
});
