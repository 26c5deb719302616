import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { modelSearch, modelsForLanguage } from '../../../src/catalog';
import { isObject } from '../../../src/common/json';
import { englishText } from '../../../src/common/localizedMessage';
import type { CatalogModel, ModelGroup, ModelRecord } from '../../../src/models';
import { createFigures } from '../../../src/protocol/format';
import { languageNames, languageStrings } from '../../../src/protocol/languageNames';
import { panelStrings } from '../../../src/protocol/panelStrings';
import { buildPanelCatalog } from '../../../src/vscode/panel/panelCatalog';
import {
  foundRows,
  groupRows,
  rowNames,
  spokenRows,
  variantRows,
  type GroupedRecords,
} from '../../../src/vscode/picker/groupRows';
import type { PickerFacts, PickerRow } from '../../../src/vscode/picker/pickerItems';
import { modelSummary, placeText, variantFacts } from '../../../webview-ui/text/variantText';
import { builtInModels, groupsOf } from '../catalog/builtInGroups';

function recordOf(model: CatalogModel): ModelRecord {
  const none = { paths: [], presentPaths: [], partialDigests: [], otherRevisions: [] };
  return { model, state: 'notDownloaded', presentBytes: 0, ...none };
}

/** Texts as the editor translates them: by the English sentence. */
function translator(locale: string) {
  const bundle = locale === 'en' ? {} : readBundle(locale);
  const t = (text: string, ...args: (string | number)[]): string =>
    englishText({ template: bundle[text] ?? text, args });
  return Object.assign(t, { language: locale });
}

function readBundle(locale: string): Readonly<Record<string, string>> {
  const file = path.resolve('l10n', `bundle.l10n.${locale}.json`);
  const bundle: unknown = JSON.parse(readFileSync(file, 'utf8'));
  assert.ok(isObject(bundle));
  return Object.fromEntries(
    Object.entries(bundle).flatMap(([key, text]) =>
      typeof text === 'string' ? [[key, text]] : [],
    ),
  );
}

function assertDistinct(texts: readonly string[], what: string): void {
  const twice = texts.filter((text, at) => texts.indexOf(text) !== at);
  assert.deepEqual(twice, [], what);
}

function rowText(row: PickerRow): string[] {
  return row.kind === 'heading' ? [] : [`${row.label} · ${row.description} · ${row.detail}`];
}

function labels(rows: readonly PickerRow[]): string[] {
  return rows.flatMap((row) => (row.kind === 'heading' ? [] : [row.label]));
}

let models: readonly CatalogModel[];
let groups: readonly ModelGroup[];
before(async () => {
  models = await builtInModels();
  groups = groupsOf(models);
});

for (const locale of ['en', 'de', 'zh-cn']) {
  describe(`choosing from the built-in catalog, in the language ${locale}`, () => {
    const t = translator(locale);
    const languageName = languageNames(locale, languageStrings({ t }));
    let choices: GroupedRecords;
    let facts: PickerFacts;
    before(() => {
      choices = { groups, recordOf };
      facts = {
        nameOf: rowNames(groups),
        fitOf: () => 'fits',
        hasUpdate: () => false,
        languageName,
        isFromHub: () => false,
        realTimeFactor: () => undefined,
      };
    });

    it('shows no two rows of the same text in the picker, whichever list it is', () => {
      const whole = groupRows(choices, facts, t);
      assertDistinct(labels(whole), 'all models');
      assert.ok(whole.length < models.length / 2, 'models are listed, not files');
      for (const group of groups) {
        assertDistinct(labels(variantRows(group, choices, facts, t)), group.name);
      }
      const search = modelSearch(models, [locale]);
      for (const query of [
        'large',
        'distil large v2',
        'turbo',
        'q5_1',
        'whisper-tiny',
        '中',
        'parakeet',
      ]) {
        const rows = foundRows(search(query), query, choices, facts, t);
        assertDistinct(labels(rows), `search for ${query}`);
      }
      for (const language of ['en', 'de', 'zh', 'yue']) {
        const rows = spokenRows(modelsForLanguage(models, language), () => true, choices, facts, t);
        assertDistinct(rows.flatMap(rowText), `models for ${language}`);
        assertDistinct(labels(rows), `models for ${language}`);
      }
    });

    it('shows no two rows of the same text in the panel, with every model open', () => {
      const strings = panelStrings({ t });
      const figures = createFigures(locale, strings);
      const { families } = buildPanelCatalog(groups, { fitOf: () => 'fits' });
      const rows = families.flatMap(({ name, variants }) => [
        `${name} ${modelSummary(variants, strings, figures, languageName).join(' · ')}`,
        ...variants.map(
          (variant) =>
            `${variant.name} ${variantFacts(variant, undefined, strings, figures, languageName).join(' · ')}`,
        ),
      ]);
      assert.ok(rows.length > models.length);
      assertDistinct(rows, 'the panel');
      for (const { name, variants } of families) {
        const places = variants.map(({ elsewhere }) =>
          elsewhere === undefined ? '' : placeText(elsewhere, strings),
        );
        const parts = places.filter((place, at) => place !== places[at - 1]);
        assertDistinct(parts, `the parts of ${name}`);
      }
    });
  });
}

describe('the variants of a model', () => {
  const named = (name: string): ModelGroup => {
    const group = groups.find((each) => each.name === name);
    assert.ok(group, name);
    return group;
  };

  it('are all formats and quantizations of it, in one place', () => {
    const turbo = named('Whisper Large v3 Turbo');
    assert.deepEqual(
      new Set(turbo.here.map(({ format }) => format)),
      new Set(['ggml', 'gguf-transcribe-cpp', 'onnx-sherpa']),
    );
    assert.deepEqual(
      turbo.elsewhere.map(({ program }) => program),
      ['faster-whisper', 'Transformers', 'Transformers.js'],
    );
    assert.equal(turbo.here[0]?.id, 'whisper-large-v3-turbo-q5_0', 'the hand-picked one');
    const all = groups.flatMap(({ here, elsewhere }) => [
      ...here,
      ...elsewhere.flatMap(({ variants }) => variants),
    ]);
    assert.equal(all.length, models.length);
    assert.equal(new Set(all).size, models.length, 'each in one model');
  });

  it('begin with the variant that fits this machine without audible loss', () => {
    const isSmall = ({ sizeBytes = Infinity }: CatalogModel): boolean => sizeBytes < 400e6;
    const small = groupsOf(models, (model) => (isSmall(model) ? 'fits' : 'tooLarge'));
    const canary = small.find(({ name }) => name === 'Canary 1B v2');
    assert.ok(canary?.here.every((model) => !isSmall(model)));
    const parakeet = groups.find(({ name }) => name === 'Parakeet Ultra');
    assert.match(parakeet?.here[0]?.quantization ?? '', /^(int8|Q8_0)$/i);
    const medium = small.find(({ name }) => name === 'Whisper Small');
    assert.ok(medium?.here[0] && isSmall(medium.here[0]));
  });

  it('are those of a model alone that no catalog groups, by its family or its repository', () => {
    const [model] = models;
    assert.ok(model);
    const { checkpoint: _unknown, modelName: _none, ...loose } = model;
    const own = { id: 'ours', name: 'Our models' };
    const at = (id: string, name: string, familyId: string, repo: string): CatalogModel => ({
      ...loose,
      id,
      name,
      familyId,
      familyName: 'Ours',
      catalog: own,
      source: { kind: 'hub', repo, patterns: [] },
    });
    const found = groupsOf([
      at('a', 'Tenor', 'choir', 'org/choir'),
      at('b', 'Bass', 'choir', 'org/choir'),
      at('c', 'org/one', 'hf', 'org/one'),
      at('d', 'org/two', 'hf', 'org/two'),
    ]);
    assert.deepEqual(
      found.map(({ name, here }) => [name, here.length]),
      [
        ['Ours', 2],
        ['org/one', 1],
        ['org/two', 1],
      ],
    );
  });

  it('come before all others when a search finds few, and an id that was typed is the first', () => {
    const facts = {
      nameOf: rowNames(groups),
      fitOf: () => undefined,
      hasUpdate: () => false,
      languageName: (code: string) => code,
      isFromHub: () => false,
      realTimeFactor: () => undefined,
    };
    const t = translator('en');
    const search = modelSearch(models, ['en']);
    const rowsOf = (query: string): readonly PickerRow[] =>
      foundRows(search(query), query, { groups, recordOf }, facts, t);
    const [first] = rowsOf('whisper-tiny');
    assert.ok(first?.kind === 'variant' && first.modelId === 'whisper-tiny');
    const large = rowsOf('large');
    assert.ok(large.some((row) => row.kind === 'group' && row.label === 'Whisper Large v3'));
    const few = rowsOf('distil large v2');
    assert.equal(few[0]?.kind, 'heading');
    assert.ok(few.slice(1).some((row) => row.kind === 'variant'));
  });
});
