import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bytesText,
  durationText,
  percentFigure,
  percentOf,
  speedText,
} from '../../../webview-ui/text/figures';
import { fill, fillCount } from '../../../webview-ui/text/fill';
import { createLanguageNamer } from '../../../webview-ui/text/languageNames';

describe('webview-ui: figures as a person reads them', () => {
  it('writes sizes and speeds with a steady number of digits', () => {
    assert.equal(bytesText(412_000_000), '412 MB');
    assert.equal(bytesText(1_600_000_000), '1.6 GB');
    assert.equal(bytesText(2_000_000_000), '2.0 GB');
    assert.equal(bytesText(0), '0 B');
    assert.equal(speedText(38_400_000), '38.4 MB');
    assert.equal(speedText(900_000), '900 kB');
  });

  it('writes durations in their two largest units', () => {
    assert.equal(durationText(0), '1 s');
    assert.equal(durationText(8.2), '9 s');
    assert.equal(durationText(125), '2 min 05 s');
    assert.equal(durationText(3 * 3600 + 7 * 60), '3 h 07 min');
    assert.equal(durationText(52 * 3600), '2 d 4 h');
  });

  it('says 100 % only when everything is there', () => {
    assert.equal(percentOf(0.9999), 99);
    assert.equal(percentOf(1), 100);
    assert.equal(percentOf(0), 0);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (fraction) => {
        const percent = percentOf(fraction);
        assert.ok(Number.isInteger(percent) && percent >= 0 && percent <= 99);
      }),
    );
  });

  it('rounds published percentages to two digits', () => {
    assert.equal(percentFigure(12.80625), '12.81');
    assert.equal(percentFigure(7), '7');
  });

  it('fills the holes of a text and leaves those without a value', () => {
    assert.equal(fill('{0} of {1}', 'a', 'b'), 'a of b');
    assert.equal(fill('{1} {0} {2}', 'a', 'b'), 'b a {2}');
    assert.equal(fill('{0}', '{1}'), '{1}');
    assert.equal(fillCount('1 model', '{0} models', 1), '1 model');
    assert.equal(fillCount('1 model', '{0} models', 0), '0 models');
  });

  it('names languages, and leaves a code that is none as it is', () => {
    const name = createLanguageNamer('en');
    assert.equal(name('de'), 'German');
    assert.equal(name('not a code'), 'not a code');
    assert.equal(createLanguageNamer('no such locale!')('de'), 'German');
  });
});
