import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../../src/common/json';
import type { CatalogModel } from '../../../src/catalog';
import { modelFormats } from '../../../src/catalog/catalogModel';
import { readBuiltInCatalog } from '../../../src/catalog/builtInCatalog';
import { objectField, objectsField } from '../../../src/catalog/jsonFields';
import { readDocument } from '../../../src/catalog/readDocument';
import { layoutCatalog } from '../../../scripts/catalog/layout.mjs';
import { catalogProblems } from '../../../scripts/catalog/problems.mjs';
import {
  builtInRows,
  dataPath,
  readData,
  referenceRows,
  rowDigests,
  withRepositories,
} from './catalogRows';
import verified from './verifiedCatalog.json';

/** The table of verified facts and the one that corrects it, where they lie beside the checkout. */
const [reference, corrections] = ['catalog', 'catalog-2026-11'].map((name) =>
  fileURLToPath(new URL(`../../../../shared/reference/${name}.json`, import.meta.url)),
) as [string, string];

function referenceFamilies(): readonly JsonObject[] {
  const [families, later] = [reference, corrections].map((file): unknown =>
    JSON.parse(readFileSync(file, 'utf8')),
  );
  assert(Array.isArray(families) && Array.isArray(later));
  return withRepositories(families, later);
}

describe('the built-in catalog', () => {
  let models: readonly CatalogModel[];
  before(async () => {
    models = await readBuiltInCatalog(dataPath('catalog.json'));
  });

  it('has every family, variant, size and digest of the verified table, and no other', () =>
    assert.deepEqual(rowDigests(builtInRows(readData('catalog.json'))), verified));

  it('equals the table itself, where that is at hand', () => {
    if (!existsSync(reference)) {
      assert.equal(Object.keys(verified).length, 39);
      return;
    }
    const rows = referenceRows(referenceFamilies());
    assert.deepEqual(builtInRows(readData('catalog.json')), rows);
    assert.deepEqual(rowDigests(rows), verified);
  });

  it('says of each variant what the table says', () => {
    if (!existsSync(reference)) {
      assert.equal(models.length, 579);
      return;
    }
    const byId = new Map(models.map((model) => [model.id, model]));
    for (const family of referenceFamilies()) {
      for (const variant of objectsField(family, 'variants')) {
        const model = byId.get(String(variant['id']));
        assert(model !== undefined, String(variant['id']));
        assertSame(model, variant, family);
      }
    }
  });

  function assertSame(model: CatalogModel, variant: JsonObject, family: JsonObject): void {
    const spoken = objectField(variant, 'languages') ?? {};
    const codes = Array.isArray(spoken['list']) ? spoken['list'] : [];
    const listed = codes.filter((code) => /^[a-z]{2,3}(-|$)/.test(String(code)));
    const expected = {
      format: family['runtime_format'],
      familyName: family['name'],
      gated: variant['gated'] !== false,
      parameters: variant['parameters'] ?? undefined,
      quantization: variant['quantization'] ?? undefined,
      languages: listed,
      licence: (objectField(variant, 'licence') ?? objectField(family, 'licence'))?.['spdx'],
      wer: objectField(variant, 'accuracy')?.['wer_avg_percent'],
      starter: variant['starter'] !== undefined,
    };
    const actual = {
      format: model.format,
      familyName: model.familyName,
      gated: model.gated,
      parameters: model.parameters,
      quantization: model.quantization,
      languages: model.languages,
      licence: model.licence.id,
      wer: model.accuracy?.werPercent,
      starter: model.starter,
    };
    assert.deepEqual(actual, expected, model.id);
    if (model.packed === undefined && typeof variant['total_size'] === 'number') {
      assert.equal(model.sizeBytes, variant['total_size'], model.id);
    }
  }

  it('passes its own checks and is laid out as they want it', () => {
    const document = readData('catalog.json');
    assert.deepEqual(catalogProblems(document, readData('catalog.schema.json')), []);
    assert.equal(layoutCatalog(document), readFileSync(dataPath('catalog.json'), 'utf8'));
  });

  it('can be read whole', () => {
    const read = readDocument(readData('catalog.json'), { id: 'built-in', name: 'x' });
    assert.deepEqual(read.problems, []);
    assert.equal(models.length, 579);
    assert.equal(new Set(models.map((model) => model.familyId)).size, 39);
  });

  it('is read before anybody notices', async () => {
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
      ['sherpa-fire-red-asr2-ctc-zh-en-int8'],
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
    );
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
