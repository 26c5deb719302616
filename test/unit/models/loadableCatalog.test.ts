import assert from 'node:assert/strict';
import path from 'node:path';
import { readBuiltInCatalog } from '../../../src/catalog/builtInCatalog';
import { transcribes, type CatalogModel } from '../../../src/catalog';
import { loadRefusal } from '../../../src/models/loadRefusal';
import { codeSnippet, formatLoadability, type ModelOnDisk } from '../../../src/runtime';
import { sherpaConfig } from '../../../src/runtime/format/sherpaConfig';
import { sherpaFamily, sherpaParts } from '../../../src/runtime/format/sherpaFamily';
import { sampleFamilies } from '../../hub/sample';

const catalogPath = path.resolve(__dirname, '../../../src/catalog/data/catalog.json');

/** The model as its download leaves it on the disk. */
function onDisk(model: CatalogModel): ModelOnDisk {
  const folder = `/cache/models--${model.source.repo.replace('/', '--')}/snapshots/main`;
  const files = model.files.map(({ path: name, role, sizeBytes = 1 }) => ({
    path: name,
    role,
    absolutePath: `${folder}/${name}`,
    sizeBytes,
  }));
  return { modelId: model.id, name: model.name, format: model.format, folder, files };
}

/** The engine that loads a model here, or the reason why none does. */
function fate(model: CatalogModel): string {
  if (!transcribes(model)) return 'finds speech only';
  if (model.packed !== undefined) return 'packed archive';
  const refusal = loadRefusal(model);
  if (refusal !== undefined) return refusal.message.includes('Python') ? 'Python' : 'other program';
  const answer = formatLoadability(model);
  return answer.loadable ? answer.engine : 'nothing';
}

describe('the models of the catalog that can be loaded here', () => {
  let models: readonly CatalogModel[];
  before(async () => {
    models = await readBuiltInCatalog(catalogPath);
  });

  it('are as many as these', () => {
    const counts = new Map<string, number>();
    for (const model of models) {
      const key = fate(model);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    assert.deepEqual(Object.fromEntries(counts), {
      'whisper.cpp': 98,
      'sherpa-onnx': 82,
      'transcribe.cpp': 374,
      'packed archive': 2,
      Python: 71,
      // 13 for transformers.js, and 38 that need a program which is not here.
      'other program': 51,
      'finds speech only': 19,
    });
  });

  it('are of formats that each have a model in the sample hub', () => {
    const engines = ['whisper.cpp', 'sherpa-onnx', 'transcribe.cpp'];
    const formats = models
      .filter((model) => engines.includes(fate(model)))
      .map(({ format }) => format);
    const samples = new Set<string>(sampleFamilies.map(({ format }) => format));
    assert.deepEqual(
      [...new Set(formats)].filter((format) => !samples.has(format)),
      [],
    );
  });

  it('are none that need what is not here, such as Parakeet in the file format of whisper.cpp', () => {
    const parakeet = models.filter(({ familyId }) => familyId === 'parakeet-ggml');
    assert.equal(parakeet.length, 12);
    for (const model of parakeet) assert.match(loadRefusal(model)?.message ?? '', /parakeet-cli/);
    for (const model of models.filter(({ needs }) => needs !== undefined)) {
      assert.equal(loadRefusal(model)?.code, 'unsupported', model.id);
    }
  });

  it('for sherpa-onnx are each of a family whose parts are all there, by their names alone', () => {
    const families = new Map<string, number>();
    for (const model of models.filter((each) => fate(each) === 'sherpa-onnx')) {
      const { files, folder, modelId } = onDisk(model);
      const parts = sherpaParts(files);
      const family = sherpaFamily(parts, new Map(), `${modelId} ${folder}`);
      assert.ok(family !== undefined, modelId);
      assert.ok(sherpaConfig(family, parts, { threads: 1 }) !== undefined, modelId);
      families.set(family, (families.get(family) ?? 0) + 1);
    }
    assert.deepEqual(Object.fromEntries(families), {
      whisper: 17,
      'nemo-transducer': 5,
      transducer: 6,
      'streaming-transducer': 22,
      'moonshine-v1': 2,
      'moonshine-v2': 10,
      'nemo-ctc': 4,
      canary: 1,
      'sense-voice': 3,
      'qwen3-asr': 1,
      paraformer: 2,
      dolphin: 2,
      omnilingual: 2,
      'telespeech-ctc': 1,
      'wenet-ctc': 1,
      medasr: 1,
      'zipformer-ctc': 1,
      'cohere-transcribe': 1,
    });
  });

  it('for transcribe.cpp are one GGUF file each', () => {
    for (const model of models.filter((each) => fate(each) === 'transcribe.cpp')) {
      assert.deepEqual(
        model.files.map(({ path: name }) => path.extname(name)),
        ['.gguf'],
        model.id,
      );
    }
  });

  it('and those for other programs have the code that their sentence speaks of', () => {
    for (const model of models) {
      if (!['Python', 'other program'].includes(fate(model))) continue;
      // Its sentence names a program instead.
      if (model.needs !== undefined) continue;
      assert.ok(codeSnippet(onDisk(model)) !== undefined, `${model.id}: ${model.format}`);
    }
  });
});
