import assert from 'node:assert/strict';
import { languageNames, recordingLanguages } from '../../../src/vscode/picker/languageNames';

describe('the languages that a recording may be in', () => {
  it('by their names, the editor’s own first', () => {
    const nameOf = languageNames('de', (text) => text);
    assert.deepEqual(
      recordingLanguages(['fr', 'en', 'de', 'en'], 'de', nameOf).map(({ label }) => label),
      ['Deutsch', 'Englisch', 'Französisch'],
    );
  });

  it('the usual ones where no catalog tells', () => {
    const nameOf = languageNames('en', (text) => text);
    const usual = recordingLanguages([], 'en-gb', nameOf).map(({ language }) => language);
    assert.deepEqual(usual, ['en', 'fr', 'de', 'es']);
  });
});
