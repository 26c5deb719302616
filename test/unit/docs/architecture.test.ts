import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { document, documentOf, inlineCode, section, tableRows } from './support/documents';

describe('ARCHITECTURE.md', () => {
  const architecture = document('ARCHITECTURE.md');
  const codeBelow = (heading: RegExp): readonly string[] => {
    const text = section(architecture, heading);
    assert.ok(text !== undefined, String(heading));
    return inlineCode(documentOf('a part', text));
  };

  it('has a row for each module', () => {
    const rows = tableRows(section(architecture, /^## The modules$/) ?? '');
    const named = rows
      .flatMap(([cell = '']) => /^`(src\/\w+|webview-ui)`$/.exec(cell)?.[1] ?? [])
      .sort();
    const folders = readdirSync('src', { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `src/${name}`);
    assert.deepEqual(named, [...folders, 'webview-ui'].sort());
  });

  it('names every bundle that is built, and no other', () => {
    const build = readFileSync('esbuild.mjs', 'utf8');
    const built = [...build.matchAll(/outfile: '(dist\/\w+\.js)'/g)].map(([, file = '']) => file);
    assert.ok(built.length > 10);
    const named = codeBelow(/^## The bundles$/).filter((code) => code.startsWith('dist/'));
    assert.deepEqual([...new Set(named)].sort(), [...built].sort());
  });

  it('says of each thing to add which files there are and which tests', () => {
    const parts = (section(architecture, /^## How to add$/) ?? '').split(/^### /m).slice(1);
    assert.ok(parts.length >= 5);
    for (const part of parts) assert.ok(tableRows(part).length >= 3, part.split('\n')[0]);
    const code = codeBelow(/^## How to add$/);
    const tests = code.filter((each) => each.endsWith('.test.ts'));
    assert.ok(tests.length > 20);
    assert.deepEqual(
      tests.filter((name) => !existsSync(name) && !existsSync(`test/unit/${name}`)),
      [],
    );
    const files = code.filter((each) => /^[\w.-]+\.(?:json|md|mjs|txt)$/.test(each));
    assert.deepEqual(
      files.filter((name) => !existsSync(name)),
      [],
    );
  });

  it('has no path of a module, nor of a file of it, that is not there', () => {
    const parts = inlineCode(architecture).filter((code) => /^\w+\/[\w/.-]+\.ts$/.test(code));
    assert.ok(parts.length > 20);
    assert.deepEqual(
      parts.filter(
        (name) =>
          ![name, `src/${name}`, `src/runtime/${name}`, `test/unit/${name}`].some(existsSync),
      ),
      [],
    );
  });
});
