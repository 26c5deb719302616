import assert from 'node:assert/strict';
import { modelsForLanguage, ratedIn, spokenLanguages } from '../../../src/catalog';
import type { CatalogModel, ModelRecord } from '../../../src/models';
import { languageNames, languageStrings } from '../../../src/protocol/languageNames';
import { languageRows } from '../../../src/vscode/picker/languageRows';
import { spokenRows } from '../../../src/vscode/picker/groupRows';
import { variantRow } from '../../../src/vscode/picker/pickerItems';
import { builtInModels, groupsOf } from '../catalog/builtInGroups';

const t = (message: string, ...args: (string | number)[]): string =>
  message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)]));
const facts = {
  fitOf: () => undefined,
  hasUpdate: () => false,
  languageName: languageNames('en', languageStrings({ t: (text) => text })),
  isFromHub: () => false,
  nameOf: ({ name }: CatalogModel) => name,
  realTimeFactor: () => undefined,
};

function recordOf(model: CatalogModel): ModelRecord {
  const size = model.sizeBytes === undefined ? {} : { totalBytes: model.sizeBytes };
  const none = { paths: [], presentPaths: [], partialDigests: [], otherRevisions: [] };
  const nothing = { presentBytes: 0, ...none };
  return { model, state: 'notDownloaded', ...nothing, ...size };
}

let models: readonly CatalogModel[];
before(async () => {
  models = await builtInModels();
});

describe('vscode: names of languages', () => {
  it('are in the display language, for every code of the catalog, each language once', () => {
    for (const locale of ['en', 'de', 'zh-cn', 'no-such-locale-at-all']) {
      const nameOf = languageNames(locale, languageStrings({ t: (text) => text }));
      const codes = new Set(models.flatMap(({ languages }) => languages));
      for (const code of codes) assert.notEqual(nameOf(code), code, `${locale} ${code}`);
      const rows = languageRows(spokenLanguages(models), 'en', nameOf, t);
      const labels = rows.map(({ label }) => label);
      assert.equal(new Set(labels).size, labels.length, locale);
    }
    assert.equal(languageNames('de', languageStrings({ t: (text) => text }))('sv'), 'Schwedisch');
  });

  it('fall back to the code for what is no language', () => {
    const nameOf = languageNames('en', languageStrings({ t: (text) => text }));
    assert.equal(nameOf('not a code'), 'not a code');
    assert.equal(nameOf('xq'), 'xq');
  });

  it('stand in a row once, though two codes mean one language', () => {
    const [model] = models;
    assert.ok(model);
    const { languageCount: _count, ...rest } = model;
    const both: CatalogModel = { ...rest, languages: ['tl', 'fil'] };
    assert.match(variantRow(recordOf(both), facts, t).detail, /^Filipino ·/);
  });
});

describe('vscode: language first', () => {
  it('lists the languages by name, the person’s own first, with how many models speak each', () => {
    const rows = languageRows(spokenLanguages(models), 'sv', facts.languageName, t);
    const [own, ...others] = rows.map(({ label }) => label);
    assert.equal(own, 'Swedish');
    assert.deepEqual(
      others,
      [...others].sort((a, b) => a.localeCompare(b)),
    );
    assert.ok(rows.length > 90);
    assert.match(rows[0]?.description ?? '', /^sv · \d+ models$/);
    assert.equal(
      rows.some(({ language }) => language === 'any'),
      false,
    );
  });

  it('then the models that speak it, published error rates first and shown, what can run code last', () => {
    const german = modelsForLanguage(models, 'de');
    const isOwn = ratedIn('de');
    const isRated = ({ accuracy }: CatalogModel): boolean => isOwn(accuracy);
    const rows = spokenRows(german, isRated, { groups: groupsOf(models), recordOf }, facts, t);
    const headings = rows.flatMap((row) => (row.kind === 'heading' ? [row.label] : []));
    assert.deepEqual(headings.slice(0, 3), [
      'Best published word error rate first',
      'Other published word error rates, best first',
      'No published word error rate',
    ]);
    assert.equal(new Set(headings).size, headings.length, 'each heading once');
    const rated = rows.flatMap((row) =>
      row.kind !== 'heading' && row.detail.includes('measured: ') ? [row] : [],
    );
    const rates = rated.map(({ description }) => Number(/rate ([\d.]+) %/.exec(description)?.[1]));
    assert.ok(rates.length > 15);
    // Only rates of one benchmark are compared.
    const benchmarks = rated.map(({ detail }) => /measured: (.*)$/.exec(detail)?.[1]);
    for (const benchmark of new Set(benchmarks)) {
      const same = rates.filter((rate, at) => benchmarks[at] === benchmark && rate > 0);
      assert.deepEqual(
        same,
        same.toSorted((a, b) => a - b),
      );
    }
    assert.match(rated[0]?.detail ?? '', /FLEURS, German/, 'says what was measured');
    assert.match(rated[1]?.detail ?? '', /Open ASR Leaderboard, English/);
    assert.ok(rows.length < german.length, 'models are listed, not files');
  });
});

describe('vscode: rows of the picker', () => {
  it('warn of what can run code, and of nothing else', () => {
    for (const model of models) {
      const { detail } = variantRow(recordOf(model), facts, t);
      assert.equal(detail.includes('$(warning) can run code when loaded'), model.runsCode);
    }
  });

  it('say size, format, languages and licence of every variant, or that it is unknown', () => {
    for (const model of models) {
      const { description, detail } = variantRow(recordOf(model), facts, t);
      assert.match(description, /^(size unknown|[\d.]+ [kMG]?B)/);
      assert.ok(detail.length > 0);
    }
  });

  it('say when the size is the hub’s', () => {
    const [model] = models;
    assert.ok(model);
    const row = variantRow(recordOf(model), { ...facts, isFromHub: () => true }, t);
    assert.match(row.detail, /size as the hub says/);
  });
});
