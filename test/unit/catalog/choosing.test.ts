import assert from 'node:assert/strict';
import {
  type CatalogModel,
  loadsWith,
  machineFit,
  memoryNeedBytes,
  modelSearch,
  modelsForLanguage,
  recommend,
  safeCopies,
  safeFirst,
  speaks,
  spokenLanguages,
} from '../../../src/catalog';
import { readBuiltInCatalog } from '../../../src/catalog/builtInCatalog';
import { englishText } from '../../../src/common/localizedMessage';
import { dataPath } from './catalogRows';

const gigabyte = 1e9;
let models: readonly CatalogModel[];
before(async () => {
  models = await readBuiltInCatalog(dataPath('catalog.json'));
});

function modelNamed(id: string): CatalogModel {
  const model = models.find((one) => one.id === id);
  assert(model !== undefined, id);
  return model;
}

describe('the recommendation', () => {
  const sherpa = ['sherpa-onnx-node'];
  const whisper = ['@fugood/whisper.node'];
  const both = [...sherpa, ...whisper];
  /** Memory in GB, cores, languages, runtimes, the first choice. */
  const table: readonly (readonly [number, number, string[], string[], string | undefined])[] = [
    [16, 8, ['en'], both, 'sherpa-parakeet-tdt-0.6b-v2-int8'],
    [16, 8, ['en'], whisper, 'whisper-large-v3-turbo-q5_0'],
    [8, 4, ['en'], sherpa, 'sherpa-parakeet-tdt-0.6b-v2-int8'],
    [4, 2, ['en'], whisper, 'whisper-base.en-q5_1'],
    [1, 1, ['en'], whisper, 'whisper-base.en-q5_1'],
    [0.3, 1, ['en'], whisper, 'whisper-base.en-q5_1'],
    [0.1, 1, ['en'], whisper, undefined],
    [16, 8, ['de'], both, 'sherpa-parakeet-tdt-0.6b-v3-int8'],
    [16, 8, ['en', 'de'], both, 'sherpa-parakeet-tdt-0.6b-v3-int8'],
    [16, 8, ['de'], whisper, 'whisper-large-v3-turbo-q5_0'],
    [8, 4, ['de'], whisper, 'whisper-small-q5_1'],
    [4, 2, ['de'], whisper, 'whisper-base-q5_1'],
    [16, 8, ['zh'], both, 'sherpa-sense-voice-int8'],
    [16, 8, ['ja', 'ko'], sherpa, 'sherpa-sense-voice-int8'],
    [16, 8, ['zh-TW'], whisper, 'whisper-large-v3-turbo-q5_0'],
    [16, 8, ['he'], whisper, 'whisper-large-v3-turbo-q5_0'],
    [16, 8, ['xx'], both, undefined],
    [16, 8, ['en'], ['a runtime that nobody has'], undefined],
  ];
  for (const [memory, cores, languages, loaders, expected] of table) {
    it(`for ${memory} GB, ${cores} cores, ${languages.join(' and ')} and ${loaders.join(', ')} is ${expected ?? 'none'}`, () => {
      const query = { machine: { memoryBytes: memory * gigabyte, cores }, languages, loaders };
      const first = recommend(models, query);
      assert.equal(first?.model.id, expected);
      if (first !== undefined) assert.match(englishText(first.reason), /\w+ .*\.$/);
    });
  }

  it('says why, in words that a person can check', () => {
    const query = {
      machine: { memoryBytes: 16 * gigabyte, cores: 8 },
      languages: ['en'],
      loaders: sherpa,
      languageName: () => 'English',
    };
    const first = recommend(models, query);
    assert.equal(
      first && englishText(first.reason),
      'Speaks English with a published word error rate of 6.1 %, and fits in 16 GB of memory; runs with sherpa-onnx-node.',
    );
  });

  it('names the next smaller and the next better one, by figures that can be compared', () => {
    const at = (memory: number, language: string, loaders: readonly string[]) =>
      recommend(models, {
        machine: { memoryBytes: memory * gigabyte, cores: 8 },
        languages: [language],
        loaders,
      });
    const english = at(16, 'en', [...both, 'transcribe-cpp']);
    assert.ok(english?.smaller && english.better);
    const needOf = (model: CatalogModel): number => memoryNeedBytes(model) ?? 0;
    assert.ok(needOf(english.smaller) <= 0.6 * needOf(english.model));
    const [own, better] = [english.model.accuracy, english.better.accuracy];
    assert.equal(better?.benchmark, own?.benchmark);
    assert.ok((better?.werPercent ?? 100) < (own?.werPercent ?? 0));
    assert.equal(machineFit(english.better, { memoryBytes: 16e9, cores: 8 }) === 'tooLarge', false);
    const german = at(8, 'de', whisper);
    assert.ok(german?.better && german.smaller);
    assert.equal(german.better.familyId, german.model.familyId, 'no rate in German to compare');
    assert.ok(speaks(german.better, 'de') && speaks(german.smaller, 'de'));
  });

  it('takes what was measured on this machine before any rule of thumb', () => {
    const query = {
      machine: { memoryBytes: 16 * gigabyte, cores: 8 },
      languages: ['en'],
      loaders: both,
    };
    const first = recommend(models, query);
    assert.ok(first);
    const slow = recommend(models, {
      ...query,
      realTimeFactor: ({ id }) => (id === first.model.id ? 0.4 : undefined),
    });
    assert.notEqual(slow?.model.id, first.model.id, 'slower than speech here');
    const quick = recommend(models, {
      ...query,
      realTimeFactor: ({ id }) => (id === first.model.id ? 12.34 : undefined),
    });
    assert.equal(quick?.model.id, first.model.id);
    assert.match(englishText(quick.reason), /was 12\.3 times as fast as speech on this machine/);
  });

  it('passes over what needs what is not here, and puts a known defect behind', () => {
    const best = modelNamed('whisper-large-v3-turbo-q5_0');
    const second = modelNamed('whisper-base-q5_1');
    const query = {
      machine: { memoryBytes: 16 * gigabyte, cores: 8 },
      languages: ['de'],
      loaders: [],
    };
    for (const change of [{ needs: 'A newer program.' }, { defect: 'Text is missing.' }]) {
      assert.equal(recommend([{ ...best, ...change }, second], query)?.model.id, second.id);
    }
  });

  it('says when the machine will not keep up, and then takes the lightest', () => {
    const slow = models.filter((model) => /^whisper-(large-v3|medium)$/.test(model.id));
    const machine = { memoryBytes: 32 * gigabyte, cores: 2 };
    const first = recommend(slow, { machine, languages: ['de'], loaders: whisper });
    assert.equal(first?.model.id, 'whisper-medium');
    assert.match(englishText(first.reason), /on 2 cores it will be slower than speech/);
  });

  it('admits when no model speaks all that is wanted', () => {
    const query = {
      machine: { memoryBytes: 16 * gigabyte, cores: 8 },
      languages: ['de', 'xx'],
      loaders: both,
    };
    const first = recommend(models, query);
    assert.match(first === undefined ? '' : englishText(first.reason), /^No model here speaks all/);
  });

  it('never begins with what runs code, is gated, comes packed, or can’t be had', () => {
    for (const memory of [1, 4, 16, 64]) {
      for (const language of ['en', 'de', 'zh', 'ru', 'hi', 'yi', 'is']) {
        const query = {
          machine: { memoryBytes: memory * gigabyte, cores: 4 },
          languages: [language],
          loaders: [],
        };
        const model = recommend(models, query)?.model;
        if (model === undefined) continue;
        assert(
          !model.runsCode &&
            !model.gated &&
            model.packed === undefined &&
            model.unavailable === undefined,
        );
        assert(speaks(model, language));
      }
    }
  });

  for (const [name, change] of [
    ['can run code', { runsCode: true }],
    ['is gated', { gated: true }],
    ['comes packed', { packed: 'tar.bz2' }],
    ['can’t be had', { unavailable: 'gone' }],
    ['may not be where it is said to be', { repoUnconfirmed: true }],
    ['only hears that somebody speaks', { tasks: ['voice-activity-detection'] }],
  ] as const) {
    it(`passes over a model that ${name}, however good it is`, () => {
      const best = modelNamed('whisper-large-v3-turbo-q5_0');
      const second = modelNamed('whisper-base-q5_1');
      const query = {
        machine: { memoryBytes: 16 * gigabyte, cores: 8 },
        languages: ['de'],
        loaders: [],
      };
      assert.equal(recommend([best, second], query)?.model.id, best.id);
      assert.equal(recommend([{ ...best, ...change }, second], query)?.model.id, second.id);
    });
  }

  it('says of every model whether it fits', () => {
    const machine = { memoryBytes: 4 * gigabyte, cores: 4 };
    const fitOf = (id: string): unknown => machineFit(modelNamed(id), machine);
    assert.equal(fitOf('whisper-tiny'), 'fits');
    assert.equal(fitOf('whisper-medium'), 'tight');
    assert.equal(fitOf('whisper-large-v3'), 'tooLarge');
    assert.equal(fitOf('hf-voxtral-small-24b-2507'), undefined);
  });

  it('matches runtimes by whole words', () => {
    const model = { ...modelNamed('whisper-tiny'), loaders: ['sherpa-onnx-node OnlineRecognizer'] };
    assert(loadsWith(model, ['sherpa-onnx-node']));
    assert(!loadsWith(model, ['sherpa-onnx']));
    assert(loadsWith(model, []));
  });
});

describe('the memory that a model needs', () => {
  it('is the published number, or an estimate from its size, or unknown', () => {
    assert.equal(memoryNeedBytes(modelNamed('whisper-tiny')), 224e6);
    const unlisted = modelNamed('distil-small.en-ggml');
    assert.equal(memoryNeedBytes(unlisted), Math.round((unlisted.sizeBytes ?? 0) * 1.3 + 150e6));
    assert.equal(memoryNeedBytes(modelNamed('hf-voxtral-small-24b-2507')), undefined);
  });

  it('is not taken from a graphics card’s', () => {
    const model = modelNamed('hf-whisper-large-v3');
    assert(model.memoryBytes !== undefined);
    assert.match(model.memoryBytes.kind, /^VRAM/);
    assert.notEqual(memoryNeedBytes(model), model.memoryBytes.bytes);
  });

  it('is at most half of the memory to fit, four fifths to be tight', () => {
    const model = { ...modelNamed('whisper-tiny'), memoryBytes: { bytes: 100, kind: 'measured' } };
    const fit = (memoryBytes: number): string | undefined =>
      machineFit(model, { memoryBytes, cores: 1 });
    assert.deepEqual([200, 199, 125, 124].map(fit), ['fits', 'tight', 'tight', 'tooLarge']);
  });
});

describe('models for a language', () => {
  it('is best first by published error rate, pickles last, detectors not at all', () => {
    const german = modelsForLanguage(models, 'de');
    assert(german.length > 100);
    const safe = german.filter(
      (model) => !model.runsCode && model.accuracy?.werPercent !== undefined,
    );
    // Rates of different benchmarks say nothing about each other.
    const benchmarks = [...new Set(safe.map(({ accuracy }) => accuracy?.benchmark))];
    assert.match(benchmarks[0] ?? '', /German/, 'of this language');
    assert.match(benchmarks[1] ?? '', /^Open ASR Leaderboard, English/);
    assert(benchmarks.length > 1);
    const places = safe.map(({ accuracy }) => benchmarks.indexOf(accuracy?.benchmark));
    assert.deepEqual(places, places.toSorted(), 'each benchmark by itself');
    for (const benchmark of benchmarks) {
      const same = safe.filter(({ accuracy }) => accuracy?.benchmark === benchmark);
      const rates = same.map(({ accuracy }) => accuracy?.werPercent ?? 0);
      assert.deepEqual(
        rates,
        rates.toSorted((a, b) => a - b),
      );
    }
    const firstPickle = german.findIndex((model) => model.runsCode);
    assert(german.slice(firstPickle).every((model) => model.runsCode));
    assert(!german.some((model) => model.id.includes('vad')));
  });

  it('knows one language by its several codes', () => {
    const model = { ...modelNamed('whisper-tiny'), languages: ['zh-TW', 'nb', 'jw'] };
    for (const code of ['zh', 'ZH-CN', 'no', 'nb', 'jv']) assert(speaks(model, code), code);
    assert(!speaks(model, 'yue'));
  });

  it('is counted for every language', () => {
    const spoken = spokenLanguages(models);
    assert.equal(spoken[0]?.language, 'en');
    assert.equal(new Set(spoken.map(({ language }) => language)).size, spoken.length);
    assert.equal(
      spoken.find(({ language }) => language === 'sv')?.models,
      models.filter((model) => speaks(model, 'sv')).length,
    );
  });
});

describe('the search', () => {
  const ids = (query: string, locales: string[] = []): string[] =>
    modelSearch(models, locales)(query).map((model) => model.id);

  it('finds by id, name, quantization, publisher, repository and runtime', () => {
    assert.equal(ids('whisper-tiny')[0], 'whisper-tiny');
    assert.deepEqual(ids('parakeet v3 q8_0 gguf'), [
      'gguf-parakeet-tdt-0.6b-v3-Q8_0',
      'ggml-parakeet-tdt-0.6b-v3-q8_0',
      'nemospeech-parakeet-tdt-0.6b-v3',
    ]);
    assert(ids('systran').includes('faster-whisper-tiny'));
    assert(ids('NVIDIA canary sherpa').includes('sherpa-canary-180m-flash-int8'));
    assert(ids('moonshine-voice').length === 3);
  });

  it('finds a language’s own models by its name, in English and in the person’s language', () => {
    assert(ids('swedish').some((id) => id.startsWith('kb-whisper')));
    assert(ids('Schwedisch', ['de']).some((id) => id.startsWith('kb-whisper')));
    const ranked = ids('swedish');
    const own = ranked.findIndex((id) => id.startsWith('kb-whisper'));
    assert(
      ranked.indexOf('whisper-tiny') > own,
      'a model of many languages comes behind, but comes',
    );
  });

  it('wants every word, ignores case and accents, and gives all for nothing', () => {
    assert.deepEqual(ids('whisper nosuchthing'), []);
    assert.deepEqual(ids('WHÍSPER-TINY'), ids('whisper-tiny'));
    assert.equal(ids('  ').length, models.length);
  });

  it('answers without a pause', () => {
    const search = modelSearch(models);
    const before = process.cpuUsage();
    for (const query of ['w', 'wh', 'whi', 'whisper', 'large turbo', 'german']) search(query);
    // Processor time: a busy machine only makes it wait.
    assert(process.cpuUsage(before).user < 500_000);
  });
});

describe('safe copies of a model that can run code', () => {
  it('are the same checkpoint in other formats, smallest first', () => {
    const copies = safeCopies(modelNamed('nemo-parakeet-tdt-0.6b-v2'), models);
    assert(copies.some((model) => model.format === 'gguf-transcribe-cpp'));
    assert(copies.some((model) => model.id === 'sherpa-parakeet-tdt-0.6b-v2-int8'));
    assert(copies.every((model) => !model.runsCode));
    const sizes = copies.map((model) => model.sizeBytes ?? Infinity);
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => a - b),
    );
  });

  it('come before it in a list, and nothing else changes its place', () => {
    const ordered = safeFirst(models);
    assert.equal(ordered.length, models.length);
    for (const [index, model] of ordered.entries()) {
      if (!model.runsCode) continue;
      const later = ordered
        .slice(index)
        .filter((other) => other.checkpoint === model.checkpoint && !other.runsCode);
      assert.deepEqual(later, [], model.id);
    }
    assert.deepEqual(
      ordered.filter((model) => !model.runsCode),
      models.filter((model) => !model.runsCode),
    );
  });
});
