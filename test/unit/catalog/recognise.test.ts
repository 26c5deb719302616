import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type CatalogModel,
  parseHubModelId,
  recogniseVariants,
  repoModels,
} from '../../../src/catalog';
import { readData } from './catalogRows';
import { catalogEntries } from '../../../src/catalog/catalogEntries';
import type { NamedFile } from '../../../src/catalog/recognise';
import { hubModel } from '../../../src/catalog/repoModels';
import { objectsField, textField } from '../../../src/catalog/jsonFields';

interface Listed {
  readonly id: string;
  readonly format: string;
  readonly paths: readonly string[];
}

/** Every file list of the catalog, gathered by the repository (or the archive) that it belongs to. */
function listedRepositories(): ReadonlyMap<string, readonly Listed[]> {
  const repos = new Map<string, Listed[]>();
  const nothing = { languages: new Map<string, string[]>(), sources: new Map<string, string>() };
  for (const { family, variant, facts } of catalogEntries(readData('catalog.json'), nothing)) {
    const id = textField(variant, 'id') ?? '';
    const paths = objectsField(variant, 'files').map((file) => textField(file, 'path') ?? '');
    if (paths.length === 0) continue;
    const listed = repos.get(facts.repo ?? id) ?? [];
    listed.push({ id, format: textField(family, 'format') ?? '', paths: paths.sort() });
    repos.set(facts.repo ?? id, listed);
  }
  return repos;
}

/** Files that repositories hold besides their models. */
const clutter = [
  '.gitattributes',
  'README.md',
  'LICENSE',
  'test_wavs/0.wav',
  'export.py',
  'flax_model.msgpack',
];

function files(...paths: string[]): NamedFile[] {
  return paths.map((path, index) => ({ path, sizeBytes: index + 1 }));
}

function formats(...paths: string[]): string[] {
  return recogniseVariants(files(...paths)).map(({ format, kind }) =>
    kind === undefined ? format : `${format}/${kind}`,
  );
}

/** Of the catalog, but not recognised by names alone: helpers, and formats that another format's names look like. */
const unlikeOthers = [
  'whisper-small-vaani-hindi-q6-ggml',
  'sherpa-funasr-nano-int8-2025-12-30',
  'sherpa-funasr-nano-fp16-2025-12-30',
  'nemospeech-parakeet-tdt-0.6b-v3',
  'nemospeech-nemotron-speech-streaming-en-0.6b',
  'nemospeech-nemotron-3.5-asr-streaming-0.6b',
  'nemospeech-parakeet-ctc-1.1b',
  'nemospeech-diar-streaming-sortformer-4spk-v2',
  'nemospeech-nemotron-3-diarization',
  'diar-pyannote-segmentation-3-0',
  'speaker-embedding-campplus-zh-en',
  'speaker-embedding-campplus-en',
];

describe('recognising what a repository holds', () => {
  it('finds each variant of the catalog in the real file lists, with exactly its files', () => {
    let seen = 0;
    const missed: string[] = [];
    for (const [repo, listed] of listedRepositories()) {
      const paths = [...new Set(listed.flatMap(({ paths: own }) => own)), ...clutter];
      const found = recogniseVariants(paths.map((path) => ({ path })));
      for (const { id, format, paths: own } of listed) {
        const hit = found.filter(
          (variant) =>
            variant.format === format &&
            variant.files
              .map((file) => file.path)
              .sort()
              .join('\n') === own.join('\n'),
        );
        if (hit.length === 0) missed.push(id);
        seen += 1;
      }
      assert(
        found.every((variant) => !variant.files.some((file) => clutter.includes(file.path))),
        repo,
      );
    }
    assert.equal(seen, 684);
    assert.deepEqual(missed.toSorted(), unlikeOthers.toSorted());
  });

  it('finds nothing more in them than is there', () => {
    for (const [repo, listed] of listedRepositories()) {
      const paths = [...new Set(listed.flatMap(({ paths: own }) => own)), ...clutter];
      const found = recogniseVariants(paths.map((path) => ({ path })));
      assert(
        found.length <= listed.length,
        `${repo}: ${found.map((variant) => variant.label).join()}`,
      );
    }
  });

  const cases: readonly (readonly [string, string[], string[]])[] = [
    ['a ggml voice detector', ['ggml-silero-v5.1.2.bin'], ['ggml/vad']],
    ['no model in a Core ML encoder', ['ggml-tiny-encoder.mlmodelc.zip'], []],
    [
      'a GGUF in parts as one model',
      ['a-00001-of-00002.gguf', 'a-00002-of-00002.gguf'],
      ['gguf-transcribe-cpp'],
    ],
    ['no model where a part of a GGUF is missing', ['a-00001-of-00002.gguf'], []],
    [
      'faster-whisper’s old vocabulary',
      ['model.bin', 'config.json', 'tokenizer.json', 'vocabulary.txt'],
      ['ctranslate2'],
    ],
    [
      'shards with their index',
      [
        'config.json',
        'model.safetensors.index.json',
        'model-00001-of-00002.safetensors',
        'model-00002-of-00002.safetensors',
      ],
      ['transformers'],
    ],
    ['no model in an index alone', ['config.json', 'model.safetensors.index.json'], []],
    [
      'the safe weights before the pickled ones',
      ['pytorch_model.bin', 'model.safetensors', 'config.json'],
      ['transformers', 'transformers/pytorch'],
    ],
    [
      'an onnx-asr Canary',
      ['encoder-model.onnx', 'decoder-model.onnx', 'vocab.txt', 'config.json'],
      ['onnx-asr'],
    ],
    [
      'Qwen3-ASR with its tokenizer’s folder',
      ['conv_frontend.onnx', 'encoder.int8.onnx', 'decoder.int8.onnx', 'tokenizer/vocab.json'],
      ['onnx-sherpa/qwen3-asr'],
    ],
    [
      'no Qwen3-ASR without it',
      ['conv_frontend.onnx', 'encoder.int8.onnx', 'decoder.int8.onnx'],
      [],
    ],
    ['models in folders of their own', ['a/ggml-x.bin', 'b/model.nemo'], ['ggml', 'nemo']],
    ['a bare PyTorch checkpoint, last', ['tiny.pt', 'ggml-tiny.bin'], ['ggml', 'unknown/pytorch']],
    ['nothing in a text', ['README.md'], []],
    ['nothing in nothing', [], []],
  ];
  for (const [name, paths, expected] of cases) {
    it(`sees ${name}`, () => assert.deepEqual(formats(...paths), expected));
  }

  it('takes the weights that lie beside a graph, and mixes precisions where it must', () => {
    const [large] = recogniseVariants(
      files(
        'large-encoder.onnx',
        'large-encoder.weights',
        'large-decoder.onnx',
        'large-tokens.txt',
      ),
    );
    assert.deepEqual(
      large?.files.map((file) => file.path),
      ['large-encoder.onnx', 'large-decoder.onnx', 'large-encoder.weights', 'large-tokens.txt'],
    );
    assert.equal(large.sizeBytes, 10);
    const mixed = recogniseVariants(
      files('encoder-e9.int8.onnx', 'decoder-e9.onnx', 'joiner-e9.int8.onnx', 'tokens.txt'),
    );
    assert.deepEqual(
      mixed.map(({ kind, quantization }) => [kind, quantization]),
      [['transducer', 'int8']],
    );
  });

  it('takes both files of a transformers.js graph that is too large for one', () => {
    const [variant] = recogniseVariants(
      files(
        'config.json',
        'tokenizer.json',
        'onnx/encoder_model.onnx',
        'onnx/encoder_model.onnx_data',
        'onnx/decoder_model_merged.onnx',
      ),
    );
    assert.equal(variant?.format, 'onnx-transformers');
    assert(variant.files.some((file) => file.path === 'onnx/encoder_model.onnx_data'));
  });

  it('never throws, and never makes up or repeats a file', () => {
    const name = fc.constantFrom(
      'encoder',
      'decoder',
      'joiner',
      'model',
      'tokens',
      'config',
      'tokenizer',
      'a-encoder',
      'a-decoder',
      'a-tokens',
      'ggml-x',
      'vocabulary',
      'conv_frontend',
      'encoder_model',
      'decoder_model_merged',
      'encoder-model',
      'decoder_joint-model',
      'vocab',
      'x-00001-of-00002',
      '__proto__',
    );
    const extension = fc.constantFrom(
      '.onnx',
      '.int8.onnx',
      '_q4.onnx',
      '.txt',
      '.json',
      '.bin',
      '.gguf',
      '.nemo',
      '.pt',
      '.safetensors',
      '.ort',
      '.weights',
      '',
    );
    const folder = fc.constantFrom('', 'onnx/', 'tokenizer/', 'a/b/');
    const path = fc.tuple(folder, name, extension).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 25 }), (paths) => {
        for (const variant of recogniseVariants(
          paths.map((one) => ({ path: one, sizeBytes: 1 })),
        )) {
          const own = variant.files.map((file) => file.path);
          assert(own.length > 0 && own.every((one) => paths.includes(one)));
          assert.equal(new Set(own).size, own.length, own.join());
          assert.equal(variant.sizeBytes, variant.files.filter((file) => file.required).length);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('knows which pickles run code', () => {
    const danger = (...paths: string[]): boolean[] =>
      recogniseVariants(files(...paths)).map((variant) => variant.runsCode);
    assert.deepEqual(danger('x.nemo'), [true]);
    assert.deepEqual(danger('x.pt'), [true]);
    assert.deepEqual(danger('config.json', 'pytorch_model.bin'), [true]);
    assert.deepEqual(danger('ggml-x.bin'), [false]);
    assert.deepEqual(danger('model.bin', 'config.json', 'vocabulary.json'), [false]);
  });
});

describe('the models of a named repository', () => {
  const id = parseHubModelId('hf:org/name@v1');
  assert(id !== undefined);

  it('is a model for each variant, which its id alone finds again', () => {
    const listing = files('README.md', 'ggml-tiny.bin', 'ggml-tiny-q5_1.bin');
    const models = repoModels(id, listing);
    assert.deepEqual(
      models.map(({ id: own, format, sizeBytes, quantization }) => [
        own,
        format,
        sizeBytes,
        quantization,
      ]),
      [
        ['hf:org/name@v1#ggml-tiny.bin', 'ggml', 2, undefined],
        ['hf:org/name@v1#ggml-tiny-q5_1.bin', 'ggml', 3, 'q5_1'],
      ],
    );
    const again = parseHubModelId(models[1]?.id ?? '');
    assert(again !== undefined);
    assert.deepEqual(repoModels(again, listing), [models[1]]);
  });

  it('keeps its name when its id alone is known', () => {
    const whole = parseHubModelId('hf:org/name');
    assert(whole !== undefined);
    const names = [
      ...['onnx/encoder_model_quantized.onnx', 'onnx/decoder_model_merged_quantized.onnx'],
      ...['config.json', 'tokenizer.json', 'ggml-tiny.bin', 'ggml-tiny-q5_1.bin'],
    ];
    const models = repoModels(whole, files(...names));
    assert.equal(models.length, 3);
    for (const { id: own, name } of models) {
      const parsed = parseHubModelId(own);
      assert(parsed !== undefined);
      assert.equal(hubModel(parsed).name, name);
    }
    const nameOf = (...patterns: string[]): string => hubModel({ repo: 'org/name', patterns }).name;
    assert.equal(nameOf(), 'org/name');
    assert.equal(nameOf('*.onnx'), 'org/name (*.onnx)');
    assert.equal(nameOf('*.onnx', '*.json', 'x/'), 'org/name (*.onnx + 2)');
  });

  it('is the files as they are where nothing is recognised', () => {
    const [model, ...more] = repoModels(id, files('weights.xyz', 'README.md'));
    assert.equal(more.length, 0);
    assert.equal(model?.id, 'hf:org/name@v1');
    assert.equal(model.sizeBytes, 3);
    assert.equal(model.format, 'unknown');
    const expected: CatalogModel['source'] = {
      kind: 'hub',
      repo: 'org/name',
      revision: 'v1',
      patterns: [],
    };
    assert.deepEqual(model.source, expected);
  });
});
