import assert from 'node:assert/strict';
import { rateOf } from '../../../scripts/start/rate';

describe('the --rate option of npm start', () => {
  const rates: readonly (readonly [string, number])[] = [
    ['60MB', 60_000_000],
    ['500kb/s', 500_000],
    ['1.5 GB', 1_500_000_000],
    ['4096', 4096],
    ['0', 0],
  ];
  for (const [text, bytesPerSecond] of rates) {
    it(`reads ${text}`, () => assert.equal(rateOf(text), bytesPerSecond));
  }

  for (const text of ['', 'fast', '10 apples', '-5MB', '1.2.3MB']) {
    it(`refuses "${text}"`, () => assert.throws(() => rateOf(text), RangeError));
  }
});
