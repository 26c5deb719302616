import assert from 'node:assert/strict';
import { dotted, withUnbrokenFigures } from '../../../webview-ui/text/unbroken';

describe('webview-ui: where a line may end', () => {
  const shown = (text: string): string => text.replaceAll('\u00a0', '_');

  it('never between a number and its unit', () => {
    assert.equal(
      shown(withUnbrokenFigures('An error rate of 6.1 %, and fits in 25.3 GB of memory.')),
      'An error rate of 6.1_%, and fits in 25.3_GB of memory.',
    );
    assert.equal(shown(withUnbrokenFigures('38,4 MB/s, noch 3 h')), '38,4_MB/s, noch 3_h');
    assert.equal(shown(withUnbrokenFigures('on 8 cores, 3 hits')), 'on 8 cores, 3 hits');
  });

  it('between the parts of a line, after the dot never', () =>
    assert.equal(shown(dotted(['78 MB', '99 languages'])), '78_MB_· 99_languages'));
});
