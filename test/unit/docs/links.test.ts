import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  anchors,
  type Document,
  document,
  documentOf,
  documents,
  inlineCode,
  links,
} from './support/documents';

/** The links of a document that lead nowhere. */
function brokenLinks(from: Document): readonly string[] {
  return links(from).flatMap(({ line, target }) => {
    if (/^[a-z][a-z+.-]*:/i.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const name = file === '' ? from.name : path.posix.join(path.posix.dirname(from.name), file);
    const where = `${from.name}:${line}: ${target}`;
    if (file !== '' && !existsSync(name)) return [`${where} is not there`];
    if (anchor === undefined) return [];
    return anchors(name === from.name ? from : document(name)).has(anchor)
      ? []
      : [`${where}: no such heading`];
  });
}

/** The paths in a document's inline code that are not in the repository. */
function missingPaths(from: Document): readonly string[] {
  const ours = /^(?:src|test|scripts|docs|webview-ui|l10n|media|\.vscode|\.github)\/[\w./-]+$/;
  return inlineCode(from)
    .filter((code) => ours.test(code))
    .filter((code) => !existsSync(code))
    .map((code) => `${from.name}: ${code}`);
}

describe('the documents', () => {
  const all = documents();

  it('were found', () => {
    const names = all.map(({ name }) => name);
    for (const name of ['README.md', 'docs/api.md', 'test/hub/README.md']) {
      assert.ok(names.includes(name), name);
    }
  });

  it('link to files and headings that are there', () =>
    assert.deepEqual(all.flatMap(brokenLinks), []));

  it('name files and folders that are there', () => {
    assert.ok(inlineCode(document('ARCHITECTURE.md')).includes('src/extension.ts'));
    assert.deepEqual(all.flatMap(missingPaths), []);
  });

  it('have a text for each picture, for people who do not see it', () => {
    for (const { name, prose } of all) {
      for (const [, text = ''] of prose.matchAll(/!\[([^\]]*)\]\(/g)) {
        assert.ok(text.split(' ').length > 3, `${name}: “${text}”`);
      }
    }
  });

  it('are noticed when a link leads nowhere', () => {
    const text = [
      '# One `two`, 3',
      '[a](#one-two-3) [b](#none) [c](nowhere.md) [d](README.md#try-it) [e](https://a.example)',
      '`[f](gone.md)` [g](docs/api.md#nothing)',
      '```sh',
      '[h](gone.md)',
      '```',
    ].join('\n');
    assert.deepEqual(brokenLinks(documentOf('made-up.md', text)), [
      'made-up.md:2: #none: no such heading',
      'made-up.md:2: nowhere.md is not there',
      'made-up.md:3: docs/api.md#nothing: no such heading',
    ]);
    assert.deepEqual(missingPaths(documentOf('made-up.md', '`src/extension.ts` `src/gone.ts`')), [
      'made-up.md: src/gone.ts',
    ]);
  });
});

describe('README.md', () => {
  it('links to documents that the installed extension has, but for those for contributors', () => {
    const stage = readFileSync('scripts/package/stage.ts', 'utf8');
    const kept = readFileSync('.vscodeignore', 'utf8').split('\n');
    const forContributors = ['ARCHITECTURE.md', 'CONTRIBUTING.md'];
    const linked = links(document('README.md'))
      .map(({ target }) => target.replace(/#.*/, ''))
      .filter((target) => target !== '' && !target.includes(':'))
      .filter((target) => !forContributors.includes(target))
      // Pictures are shown by a store's page, by their absolute addresses.
      .filter((target) => !target.startsWith('docs/pictures/'));
    assert.ok(linked.includes('docs/settings.md'));
    for (const target of new Set(linked)) {
      assert.ok(stage.includes(`'${target}'`), `${target} is not staged`);
      assert.ok(kept.includes(`!${target}`), `${target} is not in .vscodeignore`);
    }
  });

  it('has less than 250 lines', () => {
    assert.ok(document('README.md').text.split('\n').length < 250);
  });
});
