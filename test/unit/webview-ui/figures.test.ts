import assert from 'node:assert/strict';
import fc from 'fast-check';
import { builtInModels, groupsOf } from '../catalog/builtInGroups';
import { buildPanelCatalog } from '../../../src/vscode/panel/panelCatalog';
import { createFigures, fill, fillCount, percentOf } from '../../../src/protocol/format';
import { languageNames, languageStrings } from '../../../src/protocol/languageNames';
import { strings } from './samples';

describe('webview-ui: figures as a person reads them', () => {
  const figures = createFigures('en', strings);

  it('writes sizes and speeds with a steady number of digits', () => {
    assert.equal(figures.bytes(412_000_000), '412 MB');
    assert.equal(figures.bytes(1_600_000_000), '1.6 GB');
    assert.equal(figures.bytes(2_000_000_000), '2 GB');
    assert.equal(figures.bytes(0), '0 B');
    assert.equal(figures.speed(38_400_000), '38.4 MB');
    assert.equal(figures.speed(900_000), '900 kB');
  });

  it('writes durations in their two largest units', () => {
    assert.equal(figures.duration(0), '1 s');
    assert.equal(figures.duration(8.2), '9 s');
    assert.equal(figures.duration(125), '2 min 05 s');
    assert.equal(figures.duration(3 * 3600 + 7 * 60), '3 h 07 min');
    assert.equal(figures.duration(52 * 3600), '2 d 4 h');
  });

  it('writes them as the reader’s language does', () => {
    const german = createFigures('de', {
      ...strings,
      durationMinutes: '{0} Min. {1} Sek.',
    });
    assert.equal(german.bytes(1_600_000_000), '1,6 GB');
    assert.equal(german.speed(38_400_000), '38,4 MB');
    assert.equal(german.number(7.94, 2), '7,94');
    assert.equal(german.duration(125), '2 Min. 05 Sek.');
    assert.equal(german.date(Date.UTC(2026, 10, 22, 12)), '22.11.2026');
    assert.equal(createFigures('zh-cn', strings).bytes(1_600_000_000), '1.6 GB');
    assert.equal(createFigures('no such locale!', strings).bytes(1_600_000_000), '1.6 GB');
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
    assert.equal(figures.number(12.80625, 2), '12.81');
    assert.equal(figures.number(7, 2), '7');
  });

  it('fills the holes of a text and leaves those without a value', () => {
    assert.equal(fill('{0} of {1}', 'a', 'b'), 'a of b');
    assert.equal(fill('{1} {0} {2}', 'a', 'b'), 'b a {2}');
    assert.equal(fill('{0}', '{1}'), '{1}');
    assert.equal(fillCount('1 model', '{0} models', 1), '1 model');
    assert.equal(fillCount('1 model', '{0} models', 0), '0 models');
  });

  it('names languages, and leaves a code that is none as it is', () => {
    const name = languageNames('en', languageStrings({ t: (text) => text }));
    assert.equal(name('de'), 'German');
    assert.equal(name('not a code'), 'not a code');
    assert.equal(
      languageNames('no such locale!', languageStrings({ t: (text) => text }))('de'),
      'German',
    );
  });

  it('names every language of the built-in catalog in a browser’s own languages', async () => {
    const catalog = buildPanelCatalog(groupsOf(await builtInModels()));
    const codes = new Set(
      catalog.families.flatMap(({ variants }) => variants.flatMap(({ languages }) => languages)),
    );
    for (const locale of ['en', 'de', 'zh-cn']) {
      const name = languageNames(locale, languageStrings({ t: (text) => text }));
      const names = [...codes].map(name);
      assert.deepEqual(
        names.filter((each) => codes.has(each)),
        [],
        'a bare code',
      );
      assert.equal(new Set(names).size, names.length, 'a name stands twice');
    }
  });
});
