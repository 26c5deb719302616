import assert from 'node:assert/strict';
import { modelSearch, modelsForLanguage, recommend, spokenLanguages } from '../../../src/catalog';
import type { CatalogModel, ModelGroup, ModelRecord } from '../../../src/models';
import { loadRefusal } from '../../../src/models/loadRefusal';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { languageNames, languageStrings } from '../../../src/protocol/languageNames';
import { formatName, formatShortName } from '../../../src/protocol/programs';
import { progressText } from '../../../src/protocol/progressText';
import { buildPanelCatalog, panelAccuracy } from '../../../src/vscode/panel/panelCatalog';
import {
  foundRows,
  groupRows,
  rowNames,
  spokenRows,
  variantRows,
} from '../../../src/vscode/picker/groupRows';
import { languageRows } from '../../../src/vscode/picker/languageRows';
import {
  whereText,
  type PickerFacts,
  type PickerRow,
} from '../../../src/vscode/picker/pickerItems';
import { catalogText } from '../../../src/vscode/ui/catalogText';
import { rowDescription, viewMessage, type ModelRow } from '../../../src/vscode/views/treeNodes';
import { builtInModels, groupsOf } from '../catalog/builtInGroups';
import { markingTranslator as t, untranslated } from './marked';

const languageName = languageNames('de', languageStrings({ t }));
const gigabyte = 1_600_000_000;

/** A record of a model in each state that a row can show. */
function recordsOf(model: CatalogModel): readonly ModelRecord[] {
  const none = { paths: [], presentPaths: [], partialDigests: [], otherRevisions: [] };
  const disk = {
    modelId: model.id,
    name: model.name,
    repo: model.source.repo,
    revision: 'c'.repeat(40),
    sizeOnDisk: gigabyte,
    path: '/models',
    files: [],
  };
  const here = { model, presentBytes: gigabyte / 2, totalBytes: gigabyte, ...none };
  return [
    { ...here, state: 'notDownloaded', presentBytes: 0 },
    { ...here, state: 'incomplete' },
    { ...here, state: 'damaged', downloaded: { ...disk, verified: true } },
    { ...here, state: 'downloaded', downloaded: { ...disk, verified: false } },
  ];
}

const rowTexts = (rows: readonly PickerRow[]): string[] =>
  rows.flatMap((row) =>
    row.kind === 'heading' ? [row.label] : [row.label, row.description, row.detail],
  );

describe('what is shown in another language, with every translated text in brackets', () => {
  let models: readonly CatalogModel[];
  let groups: readonly ModelGroup[];
  let names: readonly string[];

  before(async () => {
    models = await builtInModels();
    groups = groupsOf(models);
    const languages = models.flatMap((model) => model.languages);
    // Names that are the same in every language. Descriptions, notes and benchmarks are not among these.
    names = [
      ...models.flatMap((model) => [
        ...[model.id, model.name, model.modelName ?? '', model.familyName, model.source.repo],
        ...[model.quantization ?? '', model.licence.id, model.publisher ?? '', ...model.loaders],
        ...[formatName(model.format), formatShortName(model.format)],
        ...[model.accuracy, ...(model.moreAccuracy ?? [])].map((rate) => rate?.source ?? ''),
      ]),
      ...groups.flatMap((group) => [
        group.name,
        ...group.elsewhere.map(({ program }) => program ?? ''),
      ]),
      ...languages.map(languageName),
      // A kind of archive.
      'tar.bz2',
    ];
  });

  it('would be noticed where it is not translated', () => {
    assert.deepEqual(untranslated([t('{0} free', '1.6 GB')], []), []);
    assert.deepEqual(untranslated(['Whisper · 1,6 GB'], ['Whisper']), []);
    assert.deepEqual(untranslated(['Whisper free'], ['Whisper']), ['free (in: Whisper free)']);
    assert.deepEqual(untranslated(['1.6 GB'], []), ['1.6 (in: 1.6 GB)']);
    assert.equal(catalogText('A model that nothing describes.', t).includes('⟦'), false);
  });

  for (const state of [0, 1, 2, 3]) {
    it(`is translated in the rows of the pickers (state ${state})`, () => {
      const recordOf = (model: CatalogModel): ModelRecord | undefined => recordsOf(model)[state];
      const facts: PickerFacts = {
        nameOf: rowNames(groups),
        fitOf: ({ model }) => (['fits', 'tight', 'tooLarge'] as const)[model.name.length % 3],
        hasUpdate: ({ model }) => model.name.length % 2 === 0,
        languageName,
        isFromHub: () => true,
        realTimeFactor: () => 6.2,
      };
      const choices = { groups, recordOf };
      const search = modelSearch(models, ['de']);
      const shown = [
        ...groupRows(choices, facts, t),
        ...groups.flatMap((group) => variantRows(group, choices, facts, t)),
        ...['whisper-tiny', 'turbo', 'parakeet'].flatMap((query) =>
          foundRows(search(query), query, choices, facts, t),
        ),
        ...['en', 'de', 'ru', 'yue'].flatMap((language) =>
          spokenRows(
            modelsForLanguage(models, language),
            () => language === 'en',
            choices,
            facts,
            t,
          ),
        ),
      ];
      assert.ok(shown.length > models.length);
      assert.deepEqual(untranslated(rowTexts(shown), names), []);
    });
  }

  it('is translated in the choice of a language, and in the title', () => {
    const rows = languageRows(spokenLanguages(models), 'de', languageName, t);
    const codes = rows.map(({ language }) => `${language} · `);
    const shown = rows.flatMap(({ label, description }) => [label, description]);
    assert.deepEqual(untranslated(shown, [...names, ...codes]), []);
    const target = { cachePath: '/srv/hub', freeBytes: gigabyte, host: 'build-server' };
    const title = whereText(target, t) ?? '';
    assert.deepEqual(untranslated([title], [target.cachePath, target.host]), []);
  });

  it('is translated in the rows of the view and the line above them', () => {
    const rows = models.flatMap((model) =>
      recordsOf(model).map((record): ModelRow => ({
        kind: 'model',
        record,
        loadable: true,
        loaded: true,
        realTimeFactor: 6.2,
        updateBytes: gigabyte,
      })),
    );
    const shown = rows.map((row) => rowDescription(row, 0, t, languageName));
    assert.deepEqual(untranslated(shown, names), []);
    const line = viewMessage(
      {
        models: 3,
        totalBytes: gigabyte,
        freeBytes: gigabyte,
        host: 'build-server',
        folderProblem: undefined,
      },
      t,
    );
    assert.deepEqual(untranslated([line], ['build-server']), []);
  });

  it('is translated in a download’s line, whatever it does', () => {
    const record: ModelDownloadProgress = {
      downloadId: '1',
      modelId: 'm',
      modelName: 'Model',
      status: 'downloading',
      downloadedBytes: gigabyte / 4,
      totalBytes: gigabyte,
      bytesPerSecond: 23_400_000,
      secondsRemaining: 4000,
      filesDone: 0,
      stalled: false,
      queuedBehind: 2,
    };
    const others = [
      ...(['queued', 'resolving', 'verifying', 'paused', 'completed', 'cancelled'] as const),
    ].map((status) => ({ ...record, status }));
    const records: readonly ModelDownloadProgress[] = [
      record,
      ...others,
      { ...record, stalled: true, secondsSinceLastByte: 9 },
      { ...record, retryAt: 90_000, attempt: 3 },
      { ...record, inOtherWindow: true },
      { ...record, inOtherWindow: true, isOwnerSilent: true },
    ];
    const shown = records.map((each) => progressText(each, 0, t));
    assert.deepEqual(untranslated(shown, []), []);
  });

  it('is translated in what the panel is sent of each model', () => {
    const { families } = buildPanelCatalog(groups, { fitOf: () => 'fits', t });
    const shown = families.flatMap(({ variants }) =>
      variants.flatMap(({ description = '', accuracy }) => [
        description,
        accuracy?.benchmark ?? '',
      ]),
    );
    const details = models.flatMap((model) => [
      ...[model.note, model.defect, model.needs, model.unavailable].map((text) =>
        catalogText(text ?? '', t),
      ),
      ...(model.moreAccuracy ?? []).map((rate) => panelAccuracy(rate, t).benchmark ?? ''),
    ]);
    assert.ok(details.some((text) => text.includes('⟦')));
    assert.deepEqual(untranslated([...shown, ...details], ['CC-BY-4.0; NeMo']), []);
    // Words beside the names of families, makers and programs.
    const named = families.flatMap(({ variants }) =>
      variants.flatMap(({ familyName, publisher = '', loaders }) => [
        familyName,
        publisher,
        ...loaders,
      ]),
    );
    const english = /\b(by|others|for|models|fine-tunes|helpers|limit|path|recognisers)\b/i;
    const plain = named.map((text) => text.replaceAll(/⟦[^⟦⟧]*⟧/g, ''));
    assert.deepEqual(
      plain.filter((text) => english.test(text)),
      [],
    );
  });

  it('is translated in the reason of a recommendation, and of a refusal', () => {
    const machines = [
      { memoryBytes: 4e9, cores: 2 },
      { memoryBytes: 16_300_000_000, cores: 8 },
      { memoryBytes: 64e9, cores: 1 },
    ];
    const reasons = machines.flatMap((machine) =>
      [['en'], ['de', 'en'], ['sw', 'haw']].flatMap((languages) =>
        [undefined, 6.24].flatMap((factor) => {
          const query = { machine, languages, loaders: [], languageName };
          const found = recommend(models, { ...query, realTimeFactor: () => factor });
          return found === undefined ? [] : [t(found.reason.template, ...found.reason.args)];
        }),
      ),
    );
    assert.ok(new Set(reasons).size > 5);
    const refusals = models.flatMap((model) => {
      const message = loadRefusal(model)?.localizedMessage;
      return message === undefined ? [] : [t(message.template, ...message.args)];
    });
    assert.ok(refusals.some((text) => text.includes('⟦A program for Core ML')));
    assert.deepEqual(untranslated([...reasons, ...refusals], names), []);
  });
});
