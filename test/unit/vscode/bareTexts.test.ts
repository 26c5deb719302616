import assert from 'node:assert/strict';
import { bareTexts, bareTextsIn } from '../../../scripts/l10n/bareTexts';

const textsIn = (source: string, name = 'a.tsx'): string[] =>
  bareTextsIn(name, source).map(({ text }) => text);

describe('the finder of bare texts', () => {
  it('finds what a person would read in English', () => {
    assert.deepEqual(textsIn("window.showErrorMessage('It did not work.');"), ['It did not work.']);
    assert.deepEqual(textsIn('item.tooltip = `Model of ${name}`;'), ['Model of']);
    assert.deepEqual(textsIn("item.description = 'Damaged';"), ['Damaged']);
    assert.deepEqual(textsIn("const row = { label: 'Verified' };"), ['Verified']);
    assert.deepEqual(textsIn('const a = <p title="Close">Try again</p>;'), ['Close', 'Try again']);
  });

  it('leaves out what is translated, logged, compared, markup, or a name', () => {
    for (const source of [
      "window.showErrorMessage(vscode.l10n.t('It did not work.'));",
      "logger.warn('it did not work'); throw new Error('no such tool');",
      "if (name === 'Plain files') show();",
      'const a = <p class="row row-selected">{strings.again}</p>;',
      "type A = { readonly label: 'Verified' };",
      "const row = { kind: 'group', description: model.name };",
      "import a from './two words';",
    ]) {
      assert.deepEqual(textsIn(source), [], source);
    }
  });
});

describe('the editor’s side, the page and what both share', () => {
  it('show no text that is not translated', () => {
    assert.deepEqual(bareTexts(), []);
  });
});
