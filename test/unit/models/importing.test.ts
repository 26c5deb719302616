import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AsrError } from '../../../src/common/asrError';
import { englishText } from '../../../src/common/localizedMessage';
import type { DownloadedModel, ModelManager } from '../../../src/models';
import { loadRefusal } from '../../../src/models/loadRefusal';
import { type LoadPlan, planLoad } from '../../../src/runtime/format/loadPlan';
import { startTestHub, type TestHub } from '../../hub';
import { nemoCtcModel, nemoTransducerModel, senseVoiceModel, whisperGgml } from '../../hub/models';
import { onnxFile } from '../../hub/models/onnx';
import { wave } from '../runtime/waveFile';
import { testCore } from './support/testCore';

type Files = Readonly<Record<string, Uint8Array | string>>;

const whisper = whisperGgml({ audioContext: 10 });
const dutch = whisperGgml({ audioContext: 10, words: [' hallo'] });
const ctc = nemoCtcModel();
const transducer = nemoTransducerModel();
const tokens = ctc['tokens.txt'] ?? '';
const graph = ctc['model.onnx'] ?? '';
const gguf = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(40)]);
const readme = '# A model\n\nRead me.';

/** Safetensors of one tensor of ten bytes. */
function safetensors(dataBytes = 10): Buffer {
  const header = '{"a":{"dtype":"U8","shape":[10],"data_offsets":[0,10]}}';
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes, 7)]);
}

/** A graph whose tensors lie in other files. */
function graphWithTensorsIn(...locations: readonly string[]): Buffer {
  const text = (field: number, value: Buffer | string): Buffer => {
    const body = Buffer.from(value);
    // A length of two bytes holds for short bodies too.
    const length = [(body.length & 127) | 128, body.length >> 7];
    return Buffer.concat([Buffer.from([field * 8 + 2, ...length]), body]);
  };
  const tensors = locations.map((location) =>
    text(
      5,
      Buffer.concat([
        text(8, 'w'),
        text(13, Buffer.concat([text(1, 'location'), text(2, location)])),
      ]),
    ),
  );
  const value = (name: string): Buffer => text(1, name);
  const inner = Buffer.concat([
    ...tensors,
    text(11, value('audio_signal')),
    text(11, value('length')),
    text(12, value('logprobs')),
  ]);
  return Buffer.concat([Buffer.from([8, 8]), text(7, inner)]);
}

const optimumDecoder = onnxFile({
  nodes: [],
  inputs: [{ name: 'input_ids', type: 'int64', shape: ['N', 'T'] }],
  outputs: [{ name: 'logits', type: 'float', shape: ['N', 'T', 10] }],
  tensors: [],
});
const optimumEncoder = onnxFile({
  nodes: [],
  inputs: [{ name: 'input_features', type: 'float', shape: ['N', 80, 3000] }],
  outputs: [{ name: 'last_hidden_state', type: 'float', shape: ['N', 1500, 384] }],
  tensors: [],
});

describe('importing what people have', function () {
  this.timeout(300_000);
  let hub: TestHub;
  let root: string;
  let manager: ModelManager;

  beforeEach(async () => {
    hub = await startTestHub({ repos: [{ name: 'local/ggml-model', files: { 'x.bin': 'evil' } }] });
    root = await mkdtemp(path.join(tmpdir(), 'asr-import-'));
    manager = testCore({
      storagePath: path.join(root, 'storage'),
      distPath: root,
      hubUrl: hub.url,
    });
  });
  afterEach(async () => {
    manager.dispose();
    await hub.close();
    await rm(root, { recursive: true, force: true, maxRetries: 10 });
  });

  /** Writes files below a folder of a person, and returns that. */
  async function have(folder: string, files: Files): Promise<string> {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(root, 'home', folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    return path.join(root, 'home', folder);
  }
  const take = (source: string): Promise<readonly DownloadedModel[]> =>
    manager.library.import(source, {});
  const pathsOf = (models: readonly DownloadedModel[]): readonly (readonly string[])[] =>
    models.map(({ files }) => files.map((file) => file.path).sort()).sort();
  /** How a model is loaded, by its files; else the sentence that says why it can't be. */
  async function planOf({ modelId }: DownloadedModel): Promise<LoadPlan | string> {
    const record = (await manager.models()).find(({ model }) => model.id === modelId);
    assert.ok(record?.downloaded !== undefined, `${modelId} is not listed`);
    const { model, downloaded } = record;
    const refused = loadRefusal(model);
    if (refused !== undefined) return refused.message;
    const folder = downloaded.files.length === 1 ? path.dirname(downloaded.path) : downloaded.path;
    const roles = new Map(model.files.map((file) => [file.path, file.role]));
    const files = downloaded.files.map((file) => ({
      path: file.path,
      role: roles.get(file.path) ?? '',
      absolutePath: path.join(folder, file.path),
      sizeBytes: file.size,
    }));
    const about = { modelId, name: model.name, format: model.format };
    const outcome = await planLoad({ ...about, folder, files });
    return 'plan' in outcome ? outcome.plan : englishText(outcome.refusal);
  }

  const wholeFolders: readonly (readonly [string, Files, readonly (readonly string[])[]])[] = [
    ['README beside', { 'ggml-a.bin': whisper, 'README.md': readme }, [['ggml-a.bin']]],
    [
      'recordings beside',
      { 'model.onnx': graph, 'tokens.txt': tokens, 'test_wavs/0.wav': wave(), LICENSE: 'MIT' },
      [['model.onnx', 'tokens.txt']],
    ],
    [
      'int8 beside fp32',
      { 'model.onnx': graph, 'model.int8.onnx': graph, 'tokens.txt': tokens },
      [
        ['model.int8.onnx', 'tokens.txt'],
        ['model.onnx', 'tokens.txt'],
      ],
    ],
    [
      'two models',
      { 'ggml-a.bin': whisper, 'ggml-b.bin': dutch },
      [['ggml-a.bin'], ['ggml-b.bin']],
    ],
    [
      'two kinds of models',
      { 'ggml-a.bin': whisper, 'model.onnx': graph, 'tokens.txt': tokens, 'a.py': 'x' },
      [['ggml-a.bin'], ['model.onnx', 'tokens.txt']],
    ],
    [
      'an unpacked archive',
      {
        'sherpa-onnx-x/encoder.onnx': transducer['encoder.onnx'] ?? '',
        'sherpa-onnx-x/decoder.onnx': transducer['decoder.onnx'] ?? '',
        'sherpa-onnx-x/joiner.onnx': transducer['joiner.onnx'] ?? '',
        'sherpa-onnx-x/tokens.txt': transducer['tokens.txt'] ?? '',
        'sherpa-onnx-x/test_wavs/trans.txt': '0.wav hello',
        '__MACOSX/._x': 'x',
      },
      [
        ['decoder.onnx', 'encoder.onnx', 'joiner.onnx', 'tokens.txt'].map(
          (name) => `sherpa-onnx-x/${name}`,
        ),
      ],
    ],
    [
      'what systems leave',
      { 'ggml-a.bin': whisper, '.DS_Store': 'x', 'Thumbs.db': 'x', '.git/config': 'x' },
      [['ggml-a.bin']],
    ],
    ['a ggml file of another name', { 'my dutch model.bin': dutch }, [['my dutch model.bin']]],
    ['a ggml file without an ending', { whisper }, [['whisper']]],
    ['a ggml file of another ending', { 'whisper.ggml': whisper }, [['whisper.ggml']]],
    [
      'graphs of other names',
      {
        'parakeet_a.onnx': transducer['encoder.onnx'] ?? '',
        'parakeet_b.onnx': transducer['decoder.onnx'] ?? '',
        'parakeet_c.onnx': transducer['joiner.onnx'] ?? '',
        'vocabulary-list.txt': transducer['tokens.txt'] ?? '',
      },
      [['parakeet_a.onnx', 'parakeet_b.onnx', 'parakeet_c.onnx', 'vocabulary-list.txt']],
    ],
    [
      'one graph of another name',
      {
        'sense-voice.int8.onnx': senseVoiceModel()['model.onnx'] ?? '',
        'tokens.txt': senseVoiceModel()['tokens.txt'] ?? '',
        'am.mvn': 'x',
      },
      [['sense-voice.int8.onnx', 'tokens.txt']],
    ],
    ['a GGUF file of another name', { 'speech.model': gguf }, [['speech.model']]],
    ['a whole part file', { 'ggml-a.bin.part': whisper }, [['ggml-a.bin']]],
    [
      'a part file of another model beside',
      { 'ggml-a.bin': whisper, 'notes.txt.crdownload': 'x' },
      [['ggml-a.bin']],
    ],
    ['an archive beside', { 'ggml-a.bin': whisper, 'a.tar.bz2': 'BZh91AY' }, [['ggml-a.bin']]],
    [
      'safetensors with what Python needs',
      {
        'model.safetensors': safetensors(),
        'config.json': '{}',
        'tokenizer.json': '{}',
        'preprocessor_config.json': '{}',
        'README.md': readme,
        'training_args.txt': 'x',
      },
      [['config.json', 'model.safetensors', 'preprocessor_config.json', 'tokenizer.json']],
    ],
    [
      'all shards',
      {
        'model-00001-of-00002.safetensors': safetensors(),
        'model-00002-of-00002.safetensors': safetensors(),
        'model.safetensors.index.json': JSON.stringify({
          weight_map: {
            a: 'model-00001-of-00002.safetensors',
            b: 'model-00002-of-00002.safetensors',
          },
        }),
        'config.json': '{}',
        'tokenizer.json': '{}',
      },
      [
        [
          'config.json',
          'model-00001-of-00002.safetensors',
          'model-00002-of-00002.safetensors',
          'model.safetensors.index.json',
          'tokenizer.json',
        ],
      ],
    ],
    [
      'tensors in files of their own',
      {
        'model.onnx': graphWithTensorsIn('model.onnx_data', 'model.onnx_data_1', 'onnx__MatMul_7'),
        'model.onnx_data': 'w',
        'model.onnx_data_1': 'w',
        onnx__MatMul_7: 'w',
        'tokens.txt': tokens,
      },
      [['model.onnx', 'model.onnx_data', 'model.onnx_data_1', 'onnx__MatMul_7', 'tokens.txt']],
    ],
    [
      'a repository of a hub cache',
      { 'blobs/0123': whisper, 'refs/main': 'abc', 'snapshots/abc/ggml-a.bin': whisper },
      [['snapshots/abc/ggml-a.bin']],
    ],
    ['weights that no layout has', { 'x.safetensors': safetensors() }, [['x.safetensors']]],
    [
      'names in another script',
      { 'голландский.bin': dutch, 'прочти.md': 'x' },
      [['голландский.bin']],
    ],
  ];
  for (const [name, files, expected] of wholeFolders) {
    it(`${name}: every model in there is listed and verified, and nothing else`, async () => {
      const models = await take(await have('Мой folder', files));
      assert.deepEqual(pathsOf(models), expected);
      assert.ok(models.every(({ verified }) => verified));
      assert.deepEqual(
        (await manager.downloadedModels()).map(({ modelId }) => modelId).sort(),
        models.map(({ modelId }) => modelId).sort(),
      );
    });
  }

  for (const [name, files] of wholeFolders.filter(([, files]) =>
    Object.keys(files).some((file) =>
      /whisper|dutch|parakeet|sense|голл|ggml-a\.bin\.part/.test(file),
    ),
  )) {
    it(`${name}: its bytes say that it can be loaded`, async () => {
      const [model] = await take(await have('x', files));
      assert.ok(model !== undefined);
      const plan = await planOf(model);
      assert.ok(typeof plan !== 'string', JSON.stringify(plan));
      assert.ok(['whisper', 'sense-voice', 'nemo-transducer'].includes(plan.kind), plan.kind);
    });
  }

  const refused: readonly (readonly [string, Files, RegExp])[] = [
    [
      'a shard is missing',
      {
        'model-00001-of-00003.safetensors': safetensors(),
        'model-00003-of-00003.safetensors': safetensors(),
        'config.json': '{}',
      },
      /model-00002-of-00003\.safetensors is missing/,
    ],
    [
      'a file of the index is missing',
      {
        'model.safetensors.index.json':
          '{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}',
        'one.safetensors': safetensors(),
      },
      /two\.safetensors is missing/,
    ],
    [
      'a file of tensors is missing',
      {
        'model.onnx': graphWithTensorsIn('model.onnx_data', 'model.onnx_data_1'),
        'model.onnx_data': 'w',
        'tokens.txt': tokens,
      },
      /model\.onnx_data_1 is missing/,
    ],
    [
      'loose tensors are missing',
      {
        'sub/model.onnx': graphWithTensorsIn('onnx__Conv_1', 'onnx__Conv_2'),
        'sub/tokens.txt': tokens,
      },
      /sub\/onnx__Conv_1, sub\/onnx__Conv_2 is missing/,
    ],
    [
      'a part file is cut',
      { 'ggml-a.bin.crdownload': whisper.subarray(0, -100) },
      /has not finished/,
    ],
    ['a part file may be cut', { 'x.gguf.part': 'GGUF' + 'x'.repeat(40) }, /has not finished/],
    ['aria2 is not done', { 'ggml-a.bin': whisper, 'ggml-a.bin.aria2': 'x' }, /has not finished/],
    ['it is packed', { 'sherpa-onnx-x.tar.bz2': 'BZh91AY&SY' }, /is a packed archive\. Unpack it/],
    ['ggml is cut', { 'ggml-a.bin': whisper.subarray(0, -1000) }, /is cut off/],
    ['safetensors are cut', { 'model.safetensors': safetensors(9) }, /is cut off/],
    ['a graph is cut', { 'model.onnx': Buffer.from(graph).subarray(0, -200) }, /is cut off/],
    ['there is no model', { 'README.md': readme, 'a.wav': wave() }, /not a model that can be/],
  ];
  for (const [name, files, sentence] of refused) {
    it(`is refused when ${name}, and leaves no byte`, async () => {
      const folder = await have('x', files);
      await assert.rejects(
        take(folder),
        (error) => error instanceof AsrError && sentence.test(error.message),
      );
      assert.deepEqual(await manager.downloadedModels(), []);
      const hubRoot = await readdir(manager.cachePath).catch(() => []);
      assert.deepEqual(
        hubRoot.filter((entry) => entry.startsWith('models--')),
        [],
      );
    });
  }

  it('two imports of one name are two models, and the same files again are the same model', async () => {
    const taken: string[] = [];
    for (const [folder, content] of [
      ['dutch', dutch],
      ['hebrew', whisper],
      ['more/hebrew', whisperGgml({ audioContext: 10, words: [' x'] })],
      ['dutch', dutch],
    ] as const) {
      const [model] = await take(
        path.join(await have(folder, { 'ggml-model.bin': content }), 'ggml-model.bin'),
      );
      assert.ok(model !== undefined);
      taken.push(model.modelId);
    }
    assert.equal(new Set(taken).size, 3);
    assert.equal(taken[3], taken[0]);
    assert.equal((await manager.downloadedModels()).length, 3);
    const [upper] = await take(
      path.join(
        await have('z', { 'GGML-Model.bin': whisperGgml({ audioContext: 11 }) }),
        'GGML-Model.bin',
      ),
    );
    assert.ok(!taken.some((id) => id.toLowerCase() === upper?.modelId.toLowerCase()));
  });

  it('names of other scripts stay apart and are shown as they are', async () => {
    const names: string[] = [];
    for (const [name, content] of [
      ['моделька.bin', dutch],
      ['语音.bin', whisper],
    ] as const) {
      const [model] = await take(path.join(await have('x', { [name]: content }), name));
      names.push(model?.name ?? '');
    }
    assert.deepEqual(names, ['моделька', '语音']);
  });

  it('no hub is ever asked about it, and its name does not go out', async () => {
    const [model] = await take(
      path.join(await have('x', { 'ggml-model.bin': whisper }), 'ggml-model.bin'),
    );
    assert.ok(model !== undefined);
    hub.log.clear();
    const signal = new AbortController().signal;
    assert.deepEqual(await manager.library.checkForUpdates(undefined, signal), []);
    assert.deepEqual(await manager.library.checkForUpdates(model.modelId, signal), []);
    await manager.library.verify('all', { repair: true });
    await manager.advice.askHub(model.modelId, signal).catch(() => undefined);
    for (const id of [model.modelId, 'hf:local/ggml-model', 'hf:Local/ggml-model', 'local:other']) {
      await manager.download(id).then(
        ({ finished }) => finished.catch(() => undefined),
        () => undefined,
      );
    }
    await assert.rejects(manager.pageOf(model.modelId), /Import that file again/);
    assert.deepEqual(hub.log.records, []);
    const [record] = (await manager.models()).filter(({ downloaded }) => downloaded !== undefined);
    assert.equal(record?.model.familyName, 'Imported');
    assert.equal(record.model.licence.url, undefined);
    assert.equal(record.downloaded?.revision, model.revision);
  });

  const layouts: readonly (readonly [string, Files, RegExp])[] = [
    [
      'a flat export of Whisper for transformers',
      {
        'encoder_model.onnx': optimumEncoder,
        'decoder_model_merged.onnx': optimumDecoder,
        'config.json': '{"model_type":"whisper"}',
        'tokens.txt': tokens,
      },
      /the format ONNX \(Transformers\.js\)/,
    ],
    [
      'one of which the decoder is in two files',
      {
        'encoder_model.onnx': optimumEncoder,
        'decoder_model.onnx': optimumDecoder,
        'decoder_with_past_model.onnx': optimumDecoder,
      },
      /the format ONNX \(Transformers\.js\)/,
    ],
    [
      'a Moonshine without its tokens',
      {
        'encoder_model.onnx': optimumEncoder,
        'decoder_model_merged.onnx': optimumDecoder,
        'config.json': '{"model_type":"moonshine"}',
      },
      /has no tokens\.txt/,
    ],
    ['a graph without its tokens', { 'model.onnx': graph }, /has no tokens\.txt/],
  ];
  for (const [name, files, sentence] of layouts) {
    it(`${name} is imported, and says before any process what it needs`, async () => {
      const [model] = await take(await have('x', files));
      assert.ok(model !== undefined);
      const plan = await planOf(model);
      assert.ok(typeof plan === 'string' && sentence.test(plan), JSON.stringify(plan));
    });
  }
});
