import assert from 'node:assert/strict';
import { byteText } from '../../../src/common/byteText';

describe('bytes as a person reads them', () => {
  const cases: readonly [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1_499, '1 kB'],
    [999_499, '999 kB'],
    [999_999, '1 MB'],
    [77_691_713, '78 MB'],
    [412e6, '412 MB'],
    [999_499_999, '999 MB'],
    [999_999_999, '1 GB'],
    [1_624_555_275, '1.6 GB'],
    [79_400_000_000, '79.4 GB'],
  ];
  for (const [bytes, text] of cases) {
    it(`${bytes} is ${text}`, () => assert.equal(byteText(bytes), text));
  }

  it('has the decimal separator of a language', () => {
    assert.equal(byteText(1_624_555_275, 'de'), '1,6 GB');
    assert.equal(byteText(1_624_555_275, 'zh-cn'), '1.6 GB');
    assert.equal(byteText(412e6, 'de'), '412 MB');
  });
});
