import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { errorActionNames } from '../../../../src/protocol/errorActions';
import { strings } from '../../webview-ui/samples';

const entries = Object.entries<string>({ ...strings });

describe('vscode/panel: the page’s texts', () => {
  it('are all there, none empty', () => {
    assert.ok(entries.length > 150);
    for (const [name, text] of entries) assert.notEqual(text.trim(), '', name);
  });

  it('number their holes from {0} without a gap', () => {
    for (const [name, text] of entries) {
      const holes = [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();
      assert.deepEqual(
        holes,
        holes.map((_, at) => `{${at}}`),
        name,
      );
    }
  });

  it('have no hole in a singular, and one in its plural', () => {
    for (const [name, text] of entries.filter(([each]) => each.endsWith('One'))) {
      assert.doesNotMatch(text, /\{/, name);
    }
  });

  it('are all used by the page', () => {
    const source = ['webview-ui', 'src/protocol']
      .flatMap((folder) =>
        readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) =>
          path.join(folder, file),
        ),
      )
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    // Labels of error actions are looked up by the action's name.
    const byName = new Set<string>(errorActionNames);
    const unused = entries.filter(
      ([name]) => !byName.has(name) && !new RegExp(`strings\\.${name}\\b`).test(source),
    );
    assert.deepEqual(unused, []);
  });
});
