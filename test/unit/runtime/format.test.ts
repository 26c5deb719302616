import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fileKind, fileKindBytes, whisperShape } from '../../../src/common/modelFile';
import { inferFormat } from '../../../src/runtime';
import { parseGgmlHeader } from '../../../src/runtime/format/ggmlHeader';
import {
  machineMemory,
  memoryNeedBytes,
  memoryVerdict,
} from '../../../src/runtime/format/memoryNeed';
import { readOnnxFile } from '../../../src/common/onnxFile';
import { sherpaConfig } from '../../../src/runtime/format/sherpaConfig';
import { sherpaFamily, sherpaParts } from '../../../src/runtime/format/sherpaFamily';
import { readHead } from '../../../src/common/readAt';
import type { ModelFile } from '../../../src/runtime';
import { nemoCtcModel, senseVoiceModel, whisperGgml } from '../../hub/models';
import { TempFolder } from './support';

const file = (path: string): ModelFile => ({
  path,
  role: '',
  absolutePath: `/models/${path}`,
  sizeBytes: 1,
});

function ints(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeInt32LE(value, index * 4));
  return bytes;
}

describe('a file is recognised by its first bytes, whatever its name says', () => {
  const tar = Buffer.alloc(512);
  tar.write('model_config.yaml');
  tar.write('ustar', 257);
  const samples: readonly (readonly [string, Buffer | string])[] = [
    ['ggml-whisper', whisperGgml()],
    // With a vocabulary that can't be: a broken Whisper, not a Parakeet.
    ['ggml-whisper', whisperGgml({ tokenCount: 1000 })],
    ['ggml-parakeet', ints(0x67676d6c, 1025, 0, 512, 8, 17, 80, 1, 512, 8, 256, 9, 640, 2, 5, 10)],
    ['ggml-vad', Buffer.concat([ints(0x67676d6c, 10), Buffer.from('silero-16k')])],
    ['gguf', 'GGUF\u0003\u0000\u0000\u0000'],
    ['ctranslate2', Buffer.from('\u0006\0\0\0\u000c\0WhisperSpec\0', 'latin1')],
    ['safetensors', Buffer.from('\u0040\0\0\0\0\0\0\0{"__metadata__":', 'latin1')],
    ['tar', tar],
    ['zip', 'PK\u0003\u0004'],
    ['ort', Buffer.from('\u0018\0\0\0ORTM', 'latin1')],
    ['onnx', nemoCtcModel()['model.onnx'] ?? ''],
    ['html', '\ufeff\n  <!doctype HTML><title>Sign in'],
    ['json', '{"error":"not found"}'],
    ['lfs-pointer', 'version https://git-lfs.github.com/spec/v1\n'],
    ['zeros', Buffer.alloc(512)],
    ['empty', ''],
    ['unknown', 'hello'],
  ];
  for (const [kind, content] of samples) {
    it(kind, () => assert.equal(fileKind(Buffer.from(content).subarray(0, 512)), kind));
  }

  it('any bytes get an answer', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 512 }), (bytes) =>
        assert.equal(typeof fileKind(bytes), 'string'),
      ),
    ));
});

async function readOnnxMetadata(path: string): Promise<ReadonlyMap<string, string> | undefined> {
  const shallow = await readOnnxFile(path);
  const deep = await readOnnxFile(path, { graph: true });
  // Only a reader of the graph finds that it is broken inside.
  if (deep !== undefined) assert.deepEqual(deep.metadata, shallow?.metadata);
  else if (shallow !== undefined) assert.equal(shallow.inputs.size + shallow.tensorFiles.size, 0);
  return shallow?.metadata;
}

describe('ONNX metadata is read without loading the model', () => {
  const folder = new TempFolder();
  beforeEach(() => folder.create());
  afterEach(() => folder.remove());

  it('all of it, however long', async () => {
    const path = await folder.write('m.onnx', senseVoiceModel()['model.onnx'] ?? '');
    assert.equal(fileKind(await readHead(path, fileKindBytes)), 'onnx');
    const metadata = await readOnnxMetadata(path);
    assert.equal(metadata?.get('model_type'), 'sense_voice_ctc');
    assert.equal(metadata.get('neg_mean')?.split(',').length, 560);
  });

  it('a file that was cut anywhere has none, or only what was before the cut at an entry’s end', async () => {
    const bytes = Buffer.from(nemoCtcModel()['model.onnx'] ?? '');
    const whole = await readOnnxMetadata(await folder.write('m.onnx', bytes));
    let cuts = 0;
    for (let length = 0; length < bytes.length; length += 7) {
      const cut = await readOnnxMetadata(await folder.write('c.onnx', bytes.subarray(0, length)));
      if (cut === undefined) cuts += 1;
      else for (const [key, value] of cut) assert.equal(whole?.get(key), value);
    }
    assert.ok(cuts > (bytes.length / 7) * 0.8);
  });

  it('a graph that is a number, or broken inside, is no graph', async () => {
    const number = await folder.write('n.onnx', Buffer.from([0x39, 0, 0, 0, 0, 0, 0, 0, 0]));
    const broken = await folder.write('b.onnx', Buffer.from([0x3a, 1, 0xff]));
    assert.equal(await readOnnxFile(number), undefined);
    for (const path of [number, broken])
      assert.equal(await readOnnxFile(path, { graph: true }), undefined);
  });

  it('any bytes at all end in an answer', async () =>
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await readOnnxMetadata(await folder.write('f.onnx', bytes));
      }),
      { numRuns: 100 },
    ));
});

describe('the header of a ggml file tells its size and its languages', () => {
  const header = (vocabulary: number, audioLayers: number, textLayers: number): Buffer =>
    ints(0x67676d6c, vocabulary, 1500, 384, 6, audioLayers, 448, 384, 6, textLayers, 80, 1);
  it('tiny.en, large-v3, turbo, distil', () => {
    assert.deepEqual(parseGgmlHeader(header(51_864, 4, 4)), {
      vocabulary: 51_864,
      audioLayers: 4,
      textLayers: 4,
      melBands: 80,
      multilingual: false,
    });
    const shape = (bytes: Buffer): unknown => {
      const { audioLayers = 0, textLayers = 0 } = parseGgmlHeader(bytes) ?? {};
      return whisperShape(audioLayers, textLayers);
    };
    assert.deepEqual(shape(header(51_864, 4, 4)), { size: 'tiny', variant: 'whole' });
    assert.deepEqual(shape(header(51_866, 32, 32)), { size: 'large', variant: 'whole' });
    assert.deepEqual(shape(header(51_866, 32, 4)), { size: 'large', variant: 'turbo' });
    assert.deepEqual(shape(header(51_864, 32, 2)), { size: 'large', variant: 'distil' });
    assert.equal(parseGgmlHeader(header(51_865, 6, 6))?.multilingual, true);
  });
  it('nonsense is no header', () => {
    assert.equal(parseGgmlHeader(header(-1, 4, 4)), undefined);
    assert.equal(parseGgmlHeader(header(51_864, 4, 4).subarray(0, 40)), undefined);
  });
});

describe('a sherpa-onnx model’s family is found by its files, metadata and name', () => {
  const encoder = 'encoder.int8.onnx';
  const trio = [encoder, 'decoder.int8.onnx', 'joiner.int8.onnx', 'tokens.txt'];
  const cases: readonly (readonly [string, readonly string[], Record<string, string>, string])[] = [
    ['nemo-transducer', trio, { model_type: 'EncDecRNNTBPEModel' }, 'x'],
    ['nemo-transducer', trio, {}, 'sherpa-parakeet-tdt-0.6b-v3-int8'],
    ['nemo-transducer', trio, {}, 'sherpa-giga-am-v3-transducer-punct-ru'],
    [
      'transducer',
      [
        'encoder-epoch-99-avg-1.int8.onnx',
        'decoder-epoch-99-avg-1.onnx',
        'joiner-epoch-99-avg-1.int8.onnx',
        'tokens.txt',
      ],
      { model_type: 'zipformer2' },
      'sherpa-zipformer-korean-2024-06-24',
    ],
    ['streaming-transducer', trio, { model_type: 'zipformer2', decode_chunk_len: '32' }, 'kroko'],
    ['streaming-transducer', trio, {}, 'sherpa-nemo-streaming-fastconformer-en-80ms-int8'],
    [
      'whisper',
      ['tiny.en-encoder.int8.onnx', 'tiny.en-decoder.int8.onnx', 'tiny.en-tokens.txt'],
      { model_type: 'whisper-tiny.en' },
      'x',
    ],
    [
      'canary',
      [encoder, 'decoder.int8.onnx', 'tokens.txt'],
      { model_type: 'EncDecMultiTaskModel' },
      'x',
    ],
    [
      'moonshine-v1',
      [
        'preprocess.onnx',
        'encode.int8.onnx',
        'uncached_decode.int8.onnx',
        'cached_decode.int8.onnx',
        'tokens.txt',
      ],
      {},
      'x',
    ],
    ['moonshine-v2', ['encoder_model.ort', 'decoder_model_merged.ort', 'tokens.txt'], {}, 'x'],
    [
      'qwen3-asr',
      [
        'conv_frontend.onnx',
        encoder,
        'decoder.int8.onnx',
        'tokenizer/vocab.json',
        'tokenizer/merges.txt',
      ],
      {},
      'x',
    ],
    ['sense-voice', ['model.int8.onnx', 'tokens.txt'], { model_type: 'sense_voice_ctc' }, 'x'],
    ['paraformer', ['model.int8.onnx', 'tokens.txt'], { model_type: 'paraformer' }, 'x'],
    [
      'nemo-ctc',
      ['model.int8.onnx', 'tokens.txt'],
      { model_type: 'EncDecHybridRNNTCTCBPEModel' },
      'x',
    ],
    ['dolphin', ['model.int8.onnx', 'tokens.txt'], {}, 'sherpa-dolphin-small-ctc'],
    ['omnilingual', ['model.int8.onnx', 'tokens.txt'], {}, 'sherpa-omnilingual-300m-ctc-v2-int8'],
    [
      'fire-red-asr-ctc',
      ['model.int8.onnx', 'tokens.txt'],
      {},
      'sherpa-fire-red-asr2-ctc-zh-en-int8',
    ],
    ['telespeech-ctc', ['model.int8.onnx', 'tokens.txt'], { model_type: 'telespeech_ctc' }, 'x'],
    ['wenet-ctc', ['model.int8.onnx', 'tokens.txt'], { model_type: 'wenet_ctc' }, 'x'],
    ['medasr', ['model.int8.onnx', 'tokens.txt'], { model_type: 'medasr_ctc' }, 'x'],
  ];
  for (const [family, names, metadata, hint] of cases) {
    it(`${family}: ${hint === 'x' ? (metadata['model_type'] ?? names[0] ?? '') : hint}`, () => {
      const parts = sherpaParts(names.map(file));
      const found = sherpaFamily(parts, new Map(Object.entries(metadata)), hint);
      assert.ok(found !== undefined);
      assert.equal(found, family);
      const paths = JSON.stringify(sherpaConfig(found, parts, { threads: 2 }));
      for (const name of names) {
        if (name.endsWith('merges.txt')) continue;
        const expected = name.endsWith('vocab.json') ? '/models/tokenizer"' : `/models/${name}"`;
        assert.ok(paths.includes(expected), `${name} is configured`);
      }
    });
  }

  it('no tokens, or none of its parts: no family', () => {
    const none = new Map<string, string>();
    assert.equal(sherpaFamily(sherpaParts([file('model.onnx')]), none, 'x'), undefined);
    assert.equal(sherpaFamily(sherpaParts([file('tokens.txt')]), none, 'nemo'), undefined);
  });

  it('takes int8 where both are there', () => {
    const names = ['encoder.onnx', 'encoder.int8.onnx', 'decoder.int8.onnx', 'decoder.onnx'];
    const parts = sherpaParts(names.map(file));
    assert.equal(parts.encoder?.path, 'encoder.int8.onnx');
    assert.equal(parts.decoder?.path, 'decoder.int8.onnx');
  });
});

describe('the format of files that no catalog describes', () => {
  const cases = [
    ['nemo', 'parakeet-tdt-0.6b-v3.nemo'],
    ['ggml', 'ggml-base.en.bin'],
    ['ctranslate2', 'config.json', 'model.bin', 'tokenizer.json', 'vocabulary.json'],
    ['transformers', 'config.json', 'model.safetensors', 'tokenizer.json'],
    ['transformers', 'config.json', 'pytorch_model-00001-of-00002.bin'],
    [
      'onnx-transformers',
      'config.json',
      'onnx/encoder_model.onnx',
      'onnx/decoder_model_merged.onnx',
    ],
    ['onnx-asr', 'encoder-model.onnx', 'decoder_joint-model.onnx', 'vocab.txt'],
    ['onnx-sherpa', 'encoder.onnx', 'decoder.onnx', 'tokens.txt'],
    ['onnx-sherpa', 'tiny-encoder.onnx', 'tiny-decoder.onnx', 'tiny-tokens.txt'],
    ['gguf-transcribe-cpp', 'model-q4.gguf'],
    ['unknown', 'README.md', 'model.onnx'],
  ] as const;
  for (const [format, ...paths] of cases) {
    it(`${format}: ${paths.join(', ')}`, () => assert.equal(inferFormat(paths), format));
  }
});

describe('whether a model fits the memory', () => {
  it('follows the catalog when it knows, else the files', () => {
    const whisper = { engine: 'whisper.cpp', kind: 'whisper' } as const;
    const sherpa = { engine: 'sherpa-onnx', kind: 'nemo-ctc' } as const;
    assert.equal(memoryNeedBytes(whisper, 1_000_000_000), 1_350_000_000);
    assert.equal(memoryNeedBytes(sherpa, 100, 500_000_000), 500_000_000);
    assert.equal(memoryNeedBytes(sherpa, 900_000_000, 5), 900_000_000);
  });

  it('tells what a Moonshine was measured to take, which grows with the piece', () => {
    const moonshine = { engine: 'sherpa-onnx', kind: 'moonshine-v2' } as const;
    for (const [filesBytes, usedBytes, longestPieceMs] of [
      [28.2e6, 379e6, 29_000],
      [63e6, 592e6, 29_000],
      [28.2e6, 240e6, 11_000],
      [63e6, 336e6, 11_000],
    ] as const) {
      const told = memoryNeedBytes({ ...moonshine, longestPieceMs }, filesBytes);
      assert.ok(told >= usedBytes * 0.99 && told <= usedBytes * 1.3, String([told, usedBytes]));
    }
  });
  it('counts a container’s limit as all that there is', () => {
    const machine = { totalBytes: 64e9, freeBytes: 40e9 };
    const limited = machineMemory({ ...machine, limitBytes: 2e9 }, 'linux');
    assert.deepEqual(limited, { totalBytes: 2e9, availableBytes: 2e9 });
    assert.equal(memoryVerdict(3e9, limited).verdict, 'tooBig');
    for (const limitBytes of [0, 2 ** 63]) {
      const free = machineMemory({ ...machine, limitBytes }, 'linux');
      assert.deepEqual(free, { totalBytes: 64e9, availableBytes: 40e9 });
    }
  });

  it('takes what a Mac does not call free for memory that it gives', () => {
    const machine = { totalBytes: 16e9, freeBytes: 0.1e9, limitBytes: 0 };
    assert.equal(machineMemory(machine, 'darwin').availableBytes, 8e9);
    assert.equal(machineMemory({ ...machine, freeBytes: 12e9 }, 'darwin').availableBytes, 12e9);
    assert.equal(machineMemory(machine, 'win32').availableBytes, 0.1e9);
  });

  it('refuses only what can’t be', () => {
    const machine = { totalBytes: 8e9, availableBytes: 2e9 };
    assert.equal(memoryVerdict(1e9, machine).verdict, 'fits');
    assert.equal(memoryVerdict(3e9, machine).verdict, 'tight');
    assert.equal(memoryVerdict(9e9, machine).verdict, 'tooBig');
  });
});
