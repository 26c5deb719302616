import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isObject, type JsonObject } from '../../../src/common/json';
import type { CatalogModel } from '../../../src/catalog';
import { modelFormats } from '../../../src/catalog/catalogModel';
import { readBuiltInCatalog } from '../../../src/catalog/builtInCatalog';
import { objectField, objectsField } from '../../../src/catalog/jsonFields';
import { readDocument } from '../../../src/catalog/readDocument';
import { layoutCatalog } from '../../../scripts/catalog/layout';
import { catalogProblems } from '../../../scripts/catalog/problems';
import { builtInRows, dataPath, readData, rowDigests } from './catalogRows';
import verified from './verifiedCatalog.json';

/** The tables of verified facts, the older first, where they lie beside the checkout. */
const tables = ['catalog.json', 'catalog-2026-11.json'].map((name) =>
  fileURLToPath(new URL(`../../../../shared/reference/${name}`, import.meta.url)),
);

/** Each variant of the tables with its family; a later table corrects the fields that it states. */
function referenceVariants(): ReadonlyMap<string, { variant: JsonObject; family: JsonObject }> {
  const found = new Map<string, { variant: JsonObject; family: JsonObject }>();
  for (const table of tables) {
    const families: unknown = JSON.parse(readFileSync(table, 'utf8'));
    assert(Array.isArray(families));
    for (const family of families.filter(isObject)) {
      for (const variant of objectsField(family, 'variants')) {
        const id = String(variant['id']);
        const earlier = found.get(id);
        const stated = Object.entries(variant).filter(([, value]) => value !== null);
        found.set(id, {
          variant: { ...earlier?.variant, ...Object.fromEntries(stated) },
          family: { ...earlier?.family, ...family },
        });
      }
    }
  }
  return found;
}

describe('the built-in catalog', () => {
  let models: readonly CatalogModel[];
  before(async () => {
    models = await readBuiltInCatalog(dataPath('catalog.json'));
  });

  it('has every family, variant, size and digest of the verified table, and no other', () =>
    assert.deepEqual(rowDigests(builtInRows(readData('catalog.json'))), verified));

  it('contradicts the tables in no size, digest, commit, language or rate, where those are at hand', () => {
    if (!tables.every((table) => existsSync(table))) {
      assert.equal(models.length, 697);
      return;
    }
    const reference = referenceVariants();
    for (const model of models) {
      const row = reference.get(model.id);
      assert(row !== undefined, `${model.id} has no source`);
      assertNoContradiction(model, row.variant, row.family);
    }
  });

  function assertNoContradiction(
    model: CatalogModel,
    variant: JsonObject,
    family: JsonObject,
  ): void {
    const codes = objectField(variant, 'languages')?.['list'];
    const listed = Array.isArray(codes)
      ? codes.filter((code) => /^[a-z]{2,3}(-|$)/.test(String(code)))
      : model.languages;
    const rate = objectField(variant, 'accuracy')?.['wer_avg_percent'];
    assert.deepEqual(model.languages, listed, model.id);
    assert.equal(model.familyName, family['name'], model.id);
    assert.equal(model.parameters, variant['parameters'] ?? undefined, model.id);
    assert.equal(model.quantization, variant['quantization'] ?? undefined, model.id);
    if (typeof rate === 'number') assert.equal(model.accuracy?.werPercent, rate, model.id);
    const licence = objectField(variant, 'licence')?.['spdx'];
    if (typeof licence === 'string') assert.equal(model.licence.id, licence, model.id);
    const { source } = model;
    if (source.kind !== 'hub' || source.repo !== variant['hf_repo']) return;
    if (typeof variant['revision'] === 'string')
      assert.equal(source.revision, variant['revision'], model.id);
    const files = new Map(objectsField(variant, 'files').map((file) => [file['path'], file]));
    for (const { path, sizeBytes, sha256 } of model.files) {
      const file = files.get(path);
      assert(file !== undefined, `${model.id} ${path}`);
      assert.equal(sizeBytes, file['size'] ?? undefined, `${model.id} ${path}`);
      assert.equal(sha256, file['sha256'] ?? undefined, `${model.id} ${path}`);
    }
  }

  it('passes its own checks and is laid out as they want it', () => {
    const document = readData('catalog.json');
    assert.deepEqual(catalogProblems(document, readData('catalog.schema.json')).problems, []);
    assert.equal(layoutCatalog(document), readFileSync(dataPath('catalog.json'), 'utf8'));
  });

  it('can be read whole', () => {
    const read = readDocument(readData('catalog.json'), { id: 'built-in', name: 'x' });
    assert.deepEqual(read.problems, []);
    assert.equal(models.length, 697);
    assert.equal(new Set(models.map((model) => model.familyId)).size, 47);
  });

  it('is read without a noticeable wait', async () => {
    let best = Infinity;
    for (let run = 0; run < 7; run += 1) {
      const start = performance.now();
      await readBuiltInCatalog(dataPath('catalog.json'));
      best = Math.min(best, performance.now() - start);
    }
    // 8 ms on an idle laptop; the bound leaves room for a machine that is busy with other tests.
    assert(best < 400, `${best} ms`);
  });

  it('gives every model a name of its own within its family', () => {
    const names = models.map((model) => `${model.familyId} ${model.name}`);
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    assert.deepEqual(twice, []);
  });

  it('gives every licence a place to read it', () =>
    assert.deepEqual(
      models.filter((model) => model.licence.url === undefined).map((model) => model.id),
      [],
    ));

  it('asks for exactly the files of a variant, not for its repository', () => {
    const tiny = models.find((model) => model.id === 'whisper-tiny-q5_1');
    assert(tiny?.source.kind === 'hub');
    assert.deepEqual(tiny.source, {
      kind: 'hub',
      repo: 'ggerganov/whisper.cpp',
      revision: '5359861c739e955e79d9a303bcbc70fb988958b1',
      patterns: ['ggml-tiny-q5_1.bin'],
    });
    assert.equal(tiny.sizeBytes, 32_152_673);
    for (const { id, source, files } of models) {
      assert(source.kind === 'files' || source.patterns.length > 0, id);
      if (source.kind === 'hub' && files.length > 0)
        assert.equal(source.patterns.length, files.length, id);
    }
  });

  it('marks what can run code, and knows a safe copy of each', () => {
    const marked = models.filter((model) => model.runsCode);
    assert.deepEqual(new Set(marked.map((model) => model.format)), new Set(['nemo']));
    assert.equal(marked.length, 8);
    for (const model of marked) {
      const safe = models.filter(
        (other) => other.checkpoint === model.checkpoint && !other.runsCode,
      );
      assert(safe.length > 0, model.id);
    }
  });

  it('says honestly what comes as an archive and what does not come at all', () => {
    const packed = models.filter((model) => model.packed !== undefined);
    assert.deepEqual(
      packed.map(({ id }) => id),
      [
        'sherpa-fire-red-asr2-ctc-zh-en-int8',
        'sherpa-streaming-zipformer-bilingual-zh-en-2023-02-20',
        'punct-ct-transformer-zh-en-int8',
        'kws-zipformer-gigaspeech-en',
      ],
    );
    for (const { id, files, source, sizeBytes } of packed) {
      assert(source.kind === 'files' && source.files.length === 1, id);
      assert.deepEqual(
        files.map((file) => file.role),
        ['archive'],
        id,
      );
      assert.equal(sizeBytes, source.files[0]?.sizeBytes, id);
    }
    const absent = models
      .filter((model) => model.unavailable !== undefined)
      .map((model) => model.id);
    assert(absent.length <= 15, absent.join());
    assert(absent.includes('silero-vad-v6-faster-whisper'));
  });
});

describe('the published schema', () => {
  const schema = readData('catalog.schema.json');

  it('knows the same formats as the code', () => {
    const format = objectField(objectField(schema, '$defs') ?? {}, 'format');
    assert.deepEqual(format?.['enum'], [...modelFormats]);
  });

  it('describes what a person writes', () => {
    const definitions = objectField(schema, '$defs') ?? {};
    for (const name of ['endpoint', 'id', 'revision', 'languages', 'sha256', 'mirrors']) {
      assert.equal(typeof objectField(definitions, name)?.['description'], 'string', name);
    }
  });
});

describe('the checks of the built-in catalog', () => {
  const schema = readData('catalog.schema.json');
  const file = { path: 'a.bin', sizeBytes: 10, sha256: 'a'.repeat(64), source: 's' };

  function problems(...variants: object[]): string[] {
    return catalogProblems(
      {
        name: 'x',
        sources: { s: 'somewhere' },
        families: [{ id: 'f', name: 'F', format: 'ggml', variants }],
      },
      schema,
    ).problems;
  }

  it('let a right entry pass', () =>
    assert.deepEqual(problems({ id: 'a', repo: 'o/n', files: [file] }), []));

  const cases: readonly (readonly [string, RegExp, readonly object[]])[] = [
    [
      'an id that is there twice',
      /id is there twice/,
      [
        { id: 'a', repo: 'o/n', files: [file] },
        { id: 'a', repo: 'o/n', files: [file] },
      ],
    ],
    [
      'a fact without a source',
      /no source/,
      [
        {
          id: 'a',
          repo: 'o/n',
          files: [
            { ...file, source: undefined },
            { ...file, path: 'b' },
          ],
        },
      ],
    ],
    [
      'a source that is not listed',
      /unknown source "t"/,
      [{ id: 'a', repo: 'o/n', files: [file, { ...file, path: 'b', source: 't' }] }],
    ],
    [
      'an empty file',
      /impossible size 0/,
      [{ id: 'a', repo: 'o/n', files: [{ ...file, sizeBytes: 0 }] }],
    ],
    [
      'a size beyond reason',
      /impossible size/,
      [{ id: 'a', repo: 'o/n', files: [{ ...file, sizeBytes: 9e12 }] }],
    ],
    [
      'too few bytes for the parameters',
      /impossible for/,
      [{ id: 'a', repo: 'o/n', parameters: 1e9, files: [file] }],
    ],
    [
      'two sizes for one digest',
      /another size/,
      [{ id: 'a', repo: 'o/n', files: [file, { ...file, path: 'b', sizeBytes: 11 }] }],
    ],
    [
      'two digests for one file',
      /another digest/,
      [
        { id: 'a', repo: 'o/n', files: [file] },
        { id: 'b', repo: 'o/n', files: [{ ...file, sha256: 'b'.repeat(64) }] },
      ],
    ],
    ['no place to get it from', /where it lies/, [{ id: 'a', files: [file] }]],
    [
      'what the schema does not know',
      /False boolean|does not match/,
      [{ id: 'a', repo: 'o/n', filez: [file] }],
    ],
  ];
  for (const [name, text, variants] of cases) {
    it(`refuse ${name}`, () => {
      const plain = variants.map((variant) => JSON.parse(JSON.stringify(variant)) as object);
      assert.match(problems(...plain).join('\n'), text);
    });
  }
});
