import assert from 'node:assert/strict';
import { keyEffect } from '../../../webview-ui/store/listKeys';

const items = [
  { key: 'f1', open: true },
  { key: 'a', parent: 'f1' },
  { key: 'b', parent: 'f1' },
  { key: 'f2', open: false },
];

describe('webview-ui: the list by keyboard', () => {
  it('walks up and down over families and variants, and stops at the ends', () => {
    assert.deepEqual(keyEffect(items, 'f1', 'ArrowDown'), { kind: 'focus', key: 'a' });
    assert.deepEqual(keyEffect(items, 'b', 'ArrowDown'), { kind: 'focus', key: 'f2' });
    assert.equal(keyEffect(items, 'f2', 'ArrowDown'), undefined);
    assert.equal(keyEffect(items, 'f1', 'ArrowUp'), undefined);
    assert.deepEqual(keyEffect(items, 'f2', 'Home'), { kind: 'focus', key: 'f1' });
    assert.deepEqual(keyEffect(items, 'f1', 'End'), { kind: 'focus', key: 'f2' });
    assert.deepEqual(keyEffect(items, 'a', 'PageDown'), { kind: 'focus', key: 'f2' });
    assert.deepEqual(keyEffect(items, 'f2', 'PageUp'), { kind: 'focus', key: 'f1' });
  });

  it('opens with right, closes with left, and leaves a variant to its family', () => {
    assert.deepEqual(keyEffect(items, 'f2', 'ArrowRight'), { kind: 'toggle', key: 'f2' });
    assert.deepEqual(keyEffect(items, 'f1', 'ArrowRight'), { kind: 'focus', key: 'a' });
    assert.deepEqual(keyEffect(items, 'f1', 'ArrowLeft'), { kind: 'toggle', key: 'f1' });
    assert.deepEqual(keyEffect(items, 'b', 'ArrowLeft'), { kind: 'focus', key: 'f1' });
    assert.equal(keyEffect(items, 'f2', 'ArrowLeft'), undefined);
  });

  it('chooses a variant with Enter only; Space selects it', () => {
    assert.deepEqual(keyEffect(items, 'a', 'Enter'), { kind: 'choose', key: 'a' });
    assert.deepEqual(keyEffect(items, 'a', ' '), { kind: 'focus', key: 'a' });
    assert.deepEqual(keyEffect(items, 'f1', 'Enter'), { kind: 'toggle', key: 'f1' });
  });

  it('leaves every other key, and a key on nothing, alone', () => {
    assert.equal(keyEffect(items, 'a', 'x'), undefined);
    assert.equal(keyEffect(items, 'gone', 'ArrowDown'), undefined);
  });
});
