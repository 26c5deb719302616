import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { formatLoadability } from '../../../src/runtime';
import { planLoad } from '../../../src/runtime/format/loadPlan';
import { tokensOfTokenizer } from '../../../src/runtime/format/tokenizerTokens';
import { moonshineModel, nemoCtcModel, type ModelFiles } from '../../hub/models';
import { withMore } from '../../hub/models/onnx';
import { failsWith, removeBundle, TempFolder, testRuntime, tone } from './support';

const never = new AbortController().signal;
const graph = nemoCtcModel()['model.onnx'] ?? '';

/** The files of transformers.js with any graph, of a kind of model. */
function transformersJs(type: string, rest: ModelFiles = {}): ModelFiles {
  return {
    'onnx/encoder_model_quantized.onnx': graph,
    'onnx/decoder_model_merged_quantized.onnx': graph,
    'config.json': JSON.stringify({ model_type: type }),
    ...rest,
  };
}

const tokenizer = {
  model: { type: 'BPE', vocab: { '<unk>': 0, '<0x0A>': 1, '\u2581the': 2, ä: 3 } },
  added_tokens: [{ id: 4, content: '<<ST_0>>' }],
};

describe('a Moonshine in the layout of transformers.js', () => {
  const folder = new TempFolder();
  beforeEach(() => folder.create());
  afterEach(() => folder.remove());
  after(removeBundle);

  it('has its tokens made of its tokenizer.json: the bytes of each in base64', () => {
    const lines = (tokensOfTokenizer(tokenizer) ?? '').trim().split('\n');
    const read = lines.map((line) => {
      const [base64 = '', id] = line.split(' ');
      return [Buffer.from(base64, 'base64').toString(), Number(id)];
    });
    assert.deepEqual(read, [
      ['<unk>', 0],
      ['\n', 1],
      [' the', 2],
      ['ä', 3],
      ['<<ST_0>>', 4],
    ]);
  });

  it('also where each byte is written as a letter', () => {
    const letters = {
      model: { vocab: { Ġthe: 0, 'Ã¤': 1, Ċ: 2 } },
      decoder: { type: 'ByteLevel' },
    };
    const lines = (tokensOfTokenizer(letters) ?? '').trim().split('\n');
    assert.deepEqual(
      lines.map((line) => Buffer.from(line.split(' ')[0] ?? '', 'base64').toString()),
      [' the', 'ä', '\n'],
    );
  });

  it('and none of what is no vocabulary', () => {
    for (const other of [undefined, [], {}, { model: {} }, { model: { vocab: { a: 'x' } } }]) {
      assert.equal(tokensOfTokenizer(other), undefined);
    }
  });

  const offered = (name: string, architecture?: string) => ({
    id: 'hf:org/repo',
    name,
    format: 'onnx-transformers',
    ...(architecture === undefined ? {} : { architecture }),
  });

  it('is what a hub says that its config.json says, whatever its name', () => {
    assert.ok(formatLoadability(offered('Speech for everybody', 'moonshine')).loadable);
    assert.ok(!formatLoadability(offered('Moonshine finetuned', 'whisper')).loadable);
  });

  it('can be loaded by its name before it is here, and by its config.json afterwards', async () => {
    const before = formatLoadability(offered('Moonshine tiny'));
    assert.deepEqual(before, { loadable: true, engine: 'sherpa-onnx' });
    assert.ok(!formatLoadability(offered('Whisper tiny')).loadable);
    const files = transformersJs('moonshine', { 'tokenizer.json': JSON.stringify(tokenizer) });
    for (const format of ['onnx-transformers', 'onnx-sherpa', 'unknown']) {
      const outcome = await planLoad(await folder.model(format, files));
      assert.ok('plan' in outcome, format);
      assert.equal(outcome.plan.kind, 'moonshine-v2');
    }
  });

  for (const preferWasm of [false, true]) {
    it(`is transcribed with${preferWasm ? ' WebAssembly' : ' the native engine'}, and its folder is left as it was`, async () => {
      const runtime = await testRuntime({ preferWasm });
      const model = await folder.model('onnx-transformers', moonshineModel());
      const nothing = (): void => undefined;
      try {
        await runtime.load(model, { threads: 1 }, nothing, never);
        const { segments } = await runtime.transcribe({ samples: tone(3) }, {}, nothing, never);
        assert.deepEqual(
          segments.map(({ text }) => text),
          ['hello tiny model'],
        );
      } finally {
        await runtime.unload();
      }
      const names = await readdir(model.folder);
      assert.ok(!names.some((name) => name.includes('tokens.txt')), names.join());
    });
  }

  it('whose decoder takes a mask gets short pieces, as every one in ONNX Runtime’s own form does', async () => {
    const mask = { name: 'encoder_attention_mask', type: 'int64', shape: ['N', 'T'] } as const;
    const masked = withMore(Buffer.from(graph), { inputs: [mask] });
    const ort = Buffer.from('\u0018\0\0\0ORTM', 'latin1');
    const limitOf = async (files: ModelFiles): Promise<number | undefined> => {
      const outcome = await planLoad(await folder.model('onnx-sherpa', files));
      assert.ok('plan' in outcome && outcome.plan.engine === 'sherpa-onnx');
      return outcome.plan.longestPieceMs;
    };
    const tokens = { 'tokens.txt': 'a 0\n' };
    const encoder = { 'encoder_model.onnx': graph, ...tokens };
    assert.equal(await limitOf({ ...encoder, 'decoder_model_merged.onnx': graph }), undefined);
    assert.equal(await limitOf({ ...encoder, 'decoder_model_merged.onnx': masked }), 8000);
    const v2 = { 'encoder_model.ort': ort, 'decoder_model_merged.ort': ort, ...tokens };
    assert.equal(await limitOf(v2), 8000);
  });

  describe('is refused before a process is started when it is none, or has no tokens:', () => {
    const flat = {
      'encoder_model.onnx': graph,
      'decoder_model_merged.onnx': graph,
      'config.json': '{ "model_type": "whisper" }',
      'tokenizer.json': JSON.stringify(tokenizer),
    };
    const split = { ...flat, 'decoder_model.onnx': graph, 'decoder_with_past_model.onnx': graph };
    const cases: readonly (readonly [string, string, ModelFiles, RegExp])[] = [
      [
        'a Whisper',
        'onnx-transformers',
        transformersJs('whisper'),
        /format ONNX \(Transformers\.js\)/,
      ],
      ['a flat Whisper', 'onnx-sherpa', flat, /format ONNX \(Transformers\.js\)/],
      ['a split Whisper', 'onnx-sherpa', split, /format ONNX \(Transformers\.js\)/],
      ['no tokens', 'onnx-transformers', transformersJs('moonshine'), /has no tokens\.txt/],
      [
        'no tokens beside four graphs',
        'onnx-sherpa',
        {
          'preprocess.onnx': graph,
          'encode.onnx': graph,
          'uncached_decode.onnx': graph,
          'cached_decode.onnx': graph,
        },
        /has no tokens\.txt.*Import a folder that has it/,
      ],
    ];
    for (const [name, format, files, text] of cases) {
      it(name, async () => {
        const runtime = await testRuntime({ processPath: '/nowhere/process.js' });
        const model = await folder.model(format, files);
        await assert.rejects(
          runtime.load(model, {}, () => undefined, never),
          failsWith('unsupported', text),
        );
      });
    }
  });
});
