import assert from 'node:assert/strict';
import { collectStrings } from '../../../scripts/l10n/collectStrings';
import { inWordsOfHere, wording } from '../../../src/cli/wording';
import { localized } from '../../../src/common/localizedMessage';

/** Of the core: the sentences that reach the command line. */
const { strings } = collectStrings();

function holes(text: string): string[] {
  return [...text.matchAll(/\{\d+\}/g)].map(([hole]) => hole).sort();
}

describe('the words of the command line', () => {
  it('stand for sentences that the core has, with the same holes', () => {
    for (const [template, text] of Object.entries(wording)) {
      assert.ok(strings.includes(template), template);
      assert.deepEqual(holes(text), holes(template), template);
    }
  });

  it('name no setting and no command of the editor', () => {
    for (const text of Object.values(wording)) {
      assert.doesNotMatch(text, /ASR: |\basr\.\w|\bhttp\.\w|settings/);
    }
  });

  it('are the core’s own where nothing of an editor is in them', () => {
    assert.equal(inWordsOfHere(localized('{0} is not downloaded.', 'x')), 'x is not downloaded.');
    const unknown = localized(
      'No model is called {0}. Run "ASR: Download Model" to see what is on offer, or use hf:organisation/name.',
      'x',
    );
    assert.match(inWordsOfHere(unknown), /^No model is called x\. Run “asr-models search”/);
  });
});
