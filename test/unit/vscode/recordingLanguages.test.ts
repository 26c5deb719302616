import assert from 'node:assert/strict';
import { languageNames, languageStrings } from '../../../src/protocol/languageNames';
import { recordingLanguages } from '../../../src/vscode/picker/languageRows';

describe('the languages that a recording may be in', () => {
  it('by their names, the editor’s own first', () => {
    const nameOf = languageNames('de', languageStrings({ t: (text) => text }));
    assert.deepEqual(
      recordingLanguages(['fr', 'en', 'de', 'en'], 'de', nameOf).map(({ label }) => label),
      ['Deutsch', 'Englisch', 'Französisch'],
    );
  });

  it('the usual ones where no catalog tells', () => {
    const nameOf = languageNames('en', languageStrings({ t: (text) => text }));
    const usual = recordingLanguages([], 'en-gb', nameOf).map(({ language }) => language);
    assert.deepEqual(usual, ['en', 'fr', 'de', 'es']);
  });
});
