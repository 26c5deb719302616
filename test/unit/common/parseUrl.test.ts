import assert from 'node:assert/strict';
import { parseUrl } from '../../../src/common/parseUrl';

describe('an address as text', () => {
  it('is read, alone or relative to another', () => {
    assert.equal(parseUrl('https://hub.example/a b')?.href, 'https://hub.example/a%20b');
    assert.equal(parseUrl('../b', 'https://hub.example/x/y')?.href, 'https://hub.example/b');
    for (const text of ['', 'org/name', 'http://', 'https://[::1', '//hub.example'])
      assert.equal(parseUrl(text), undefined, text);
  });

  it('may have any letters in the name of its host, however often it is read', () => {
    for (let count = 0; count < 20_000; count += 1) {
      assert.ok(parseUrl('https://bücher.example/a') !== undefined, `reading ${count}`);
      assert.ok(parseUrl('//例え.テスト/a', 'https://hub.example') !== undefined);
    }
  });
});
