import assert from 'node:assert/strict';
import { TypeAhead } from '../../../webview-ui/store/listKeys';

describe('webview-ui: finding in the list by typing', () => {
  const items = ['Whisper', 'Whisper Tiny', 'Parakeet', 'Moonshine (tiny)', 'Whisper Turbo'].map(
    (name) => ({ key: name, name }),
  );
  let nowMs: number;
  let ahead: TypeAhead;
  let at: string | undefined;

  beforeEach(() => {
    nowMs = 1000;
    ahead = new TypeAhead(() => nowMs);
    at = 'Whisper';
  });

  function type(text: string): string | undefined {
    for (const letter of text) at = ahead.find(items, at, letter) ?? at;
    return at;
  }

  it('goes to the name that begins with what was typed, spaces and all', () => {
    assert.equal(type('par'), 'Parakeet');
    nowMs += 2000;
    assert.equal(type('Whisper tu'), 'Whisper Turbo');
  });

  it('begins a new word after a pause', () => {
    type('w');
    assert.equal(ahead.isTyping, true);
    nowMs += 2000;
    assert.equal(ahead.isTyping, false);
    assert.equal(type('m'), 'Moonshine (tiny)');
  });

  it('goes around through all that begin with a letter pressed again and again', () => {
    assert.equal(type('w'), 'Whisper Tiny');
    assert.equal(type('w'), 'Whisper Turbo');
    assert.equal(type('w'), 'Whisper');
  });

  it('finds the beginning of a later word when no name begins so, else nothing', () => {
    assert.equal(type('turbo'), 'Whisper Turbo');
    nowMs += 2000;
    assert.equal(ahead.find(items, at, 'z'), undefined);
  });
});
