import assert from 'node:assert/strict';
import { withoutMarks } from '../../../src/runtime/transcript/notSpeech';

describe('marks that a model writes for audio without speech are no text', () => {
  const texts = (...given: readonly string[]): readonly string[] =>
    given.map((text) => withoutMarks({ text, parts: [] }).text);

  it('a segment that is nothing else is left out', () => {
    for (const mark of [
      ' [BLANK_AUDIO]',
      '[ Silence ]',
      '(silence)',
      ' [MUSIC PLAYING] ',
      '*applause*',
      '♪ ♪',
      '♪ la la ♪',
      '（音楽）',
      '[_BEG_][BLANK_AUDIO]',
      '...',
    ]) {
      assert.deepEqual(texts(mark), [''], mark);
    }
  });

  it('one inside a text is cut out of it', () => {
    assert.deepEqual(texts(' Hello. [BLANK_AUDIO] Bye.'), [' Hello. Bye.']);
    assert.deepEqual(texts('[BLANK_AUDIO] [no speech]x'), [' x']);
  });

  it('its parts go with it, whole or in tokens', () => {
    const parts = (...given: readonly string[]): readonly string[] =>
      withoutMarks({
        text: given.join(''),
        parts: given.map((text, index) => ({ text, startMs: index })),
      }).parts.map(({ text }) => text);
    assert.deepEqual(parts(' Hello.', ' [Music]', ' Bye.'), [' Hello.', ' Bye.']);
    assert.deepEqual(parts(' Hi', ' [', 'BL', 'ANK', '_AUDIO', ']', ' you'), [' Hi', ' you']);
    assert.deepEqual(parts('[BLANK_AUDIO]', '[BLANK_AUDIO]'), []);
  });

  it('brackets that were spoken stay', () => {
    for (const text of [
      ' It is (as you know) late.',
      ' a [b] c',
      ' 2 * 3 * 4',
      ' Silence',
      '。',
      '?',
    ]) {
      assert.deepEqual(texts(text), [text]);
    }
  });
});
