import assert from 'node:assert/strict';
import path from 'node:path';
import type { Runtime } from '../../../src/runtime';
import { hotwordsOf, hotwordVocabulary } from '../../../src/runtime/format/hotwords';
import { nemoCtcModel, nemoTransducerModel, type ModelFiles } from '../../hub/models';
import { list, onnxFile, scalar } from '../../hub/models/onnx';
import { childrenOf, removeBundle, TempFolder, testRuntime, tone } from './support';

const never = new AbortController().signal;
const nothing = (): void => undefined;

const tokens = ['<blk>', '<sos/eos>', '<unk>', '▁hello', '▁hallo', '▁wo', 'rld', 'rlt'];

/** The scores of a frame: of the tokens that are named; all others are out of the question. */
function frame(scores: Readonly<Record<string, number>>): readonly number[] {
  return tokens.map((token) => scores[token] ?? -10);
}

/** The speech: "hello world", and nearly as well "hallo worlt". */
const frames = [
  frame({ '▁hello': 5, '▁hallo': 4.5 }),
  frame({ '<blk>': 5 }),
  frame({ '▁wo': 5 }),
  frame({ rld: 5, rlt: 4.5 }),
  frame({ '<blk>': 5 }),
];

/** A transducer without weights, of the kind that icefall exports: its encoder gives the scores, whatever the audio. */
function unsureModel(): ModelFiles {
  const size = tokens.length;
  const scores = { name: 'tab', type: 'float', dims: [frames.length, size] } as const;
  return {
    'tokens.txt': tokens.map((token, id) => `${token} ${String(id)}\n`).join(''),
    'encoder.onnx': onnxFile({
      nodes: [
        { op: 'Shape', inputs: ['x'], outputs: ['sh'] },
        { op: 'Gather', inputs: ['sh', 'one'], outputs: ['t0'] },
        { op: 'Div', inputs: ['t0', 'four'], outputs: ['t'] },
        { op: 'Range', inputs: ['zero', 't', 'one'], outputs: ['r'] },
        { op: 'Min', inputs: ['r', 'last'], outputs: ['idx'] },
        { op: 'Gather', inputs: ['tab', 'idx'], outputs: ['o'] },
        { op: 'Unsqueeze', inputs: ['o', 'ax0'], outputs: ['encoder_out'] },
        { op: 'Unsqueeze', inputs: ['t', 'ax0'], outputs: ['encoder_out_lens'] },
      ],
      inputs: [
        { name: 'x', type: 'float', shape: ['N', 'T', 80] },
        { name: 'x_lens', type: 'int64', shape: ['N'] },
      ],
      outputs: [
        { name: 'encoder_out', type: 'float', shape: ['N', 'T2', size] },
        { name: 'encoder_out_lens', type: 'int64', shape: ['N'] },
      ],
      tensors: [
        ...[scalar('one', 1), scalar('four', 4), scalar('zero', 0)],
        scalar('last', frames.length - 1),
        { ...scores, values: frames.flat() },
        list('ax0', [0]),
      ],
      metadata: { model_type: 'zipformer2', version: '1' },
    }),
    'decoder.onnx': onnxFile({
      nodes: [
        { op: 'Shape', inputs: ['y'], outputs: ['sh'] },
        { op: 'Gather', inputs: ['sh', 'first'], outputs: ['n'] },
        { op: 'Concat', inputs: ['n', 'v'], outputs: ['size'], attributes: { axis: 0 } },
        { op: 'ConstantOfShape', inputs: ['size'], outputs: ['decoder_out'] },
      ],
      inputs: [{ name: 'y', type: 'int64', shape: ['N', 2] }],
      outputs: [{ name: 'decoder_out', type: 'float', shape: ['N', size] }],
      tensors: [list('first', [0]), list('v', [size])],
      metadata: { vocab_size: size, context_size: 2 },
    }),
    'joiner.onnx': onnxFile({
      nodes: [{ op: 'Add', inputs: ['encoder_out', 'decoder_out'], outputs: ['logit'] }],
      inputs: [
        { name: 'encoder_out', type: 'float', shape: ['N', size] },
        { name: 'decoder_out', type: 'float', shape: ['N', size] },
      ],
      outputs: [{ name: 'logit', type: 'float', shape: ['N', size] }],
      tensors: [],
      metadata: { joiner_dim: size },
    }),
  };
}

describe('names and words for a transducer of sherpa-onnx', () => {
  const folder = new TempFolder();
  let runtime: Runtime;
  beforeEach(() => folder.create());
  afterEach(async () => {
    await runtime.unload();
    await folder.remove();
    assert.deepEqual(await childrenOf(process.pid), []);
  });
  after(removeBundle);

  async function load(files: ModelFiles, preferWasm = false): Promise<boolean> {
    runtime = await testRuntime({ preferWasm });
    const model = await folder.model('onnx-sherpa', files);
    const loaded = await runtime.load(model, { threads: 1 }, nothing, never);
    return loaded.takesPrompt;
  }
  async function heard(prompt?: string): Promise<string> {
    const options = prompt === undefined ? {} : { prompt };
    return (await runtime.transcribe({ samples: tone(2) }, options, nothing, never)).text;
  }

  it('are preferred where they fit nearly as well as others, and no longer when they are gone', async () => {
    assert.equal(await load(unsureModel()), true);
    assert.equal(await heard(), 'hello world');
    assert.equal(await heard('Hallo'), 'hallo world');
    assert.equal(await heard('Worlt, Hallo'), 'hallo worlt');
    assert.equal(await heard(), 'hello world');
  });

  it('that the model can’t spell change nothing', async () => {
    await load(unsureModel());
    for (const prompt of ['xyz', '你好', '/:@#', ' , ;\n']) {
      assert.equal(await heard(prompt), 'hello world', prompt);
    }
  });

  it('whose vocabulary can’t be written down fail again and again, and the model works without them', async function () {
    if (process.platform === 'win32') this.skip(); // Windows has another variable for its temporary folder.
    const env = { PATH: process.env['PATH'], TMPDIR: path.join(folder.path, 'nowhere') };
    runtime = await testRuntime({ env });
    const model = await folder.model('onnx-sherpa', unsureModel());
    await runtime.load(model, { threads: 1 }, nothing, never);
    const cannotWrite = {
      message: /^The disk reported ENOENT at .*Check the disk, then try again/,
    };
    await assert.rejects(heard('Hallo'), cannotWrite);
    await assert.rejects(heard('Hallo'), cannotWrite);
    assert.equal(await heard(), 'hello world');
  });

  it('are taken by the transducers of NeMo', async () => {
    assert.equal(await load(nemoTransducerModel()), true);
    assert.equal(await heard('tiny'), 'hello tiny model');
  });

  it('are not asked for where the engine takes none', async () => {
    assert.equal(await load(unsureModel(), true), false);
    assert.equal(await heard('Hallo'), 'hello world');
    await runtime.unload();
    assert.equal(await load(nemoCtcModel()), false);
  });
});

describe('the vocabulary for names and words', () => {
  const vocabulary = (...all: readonly string[]) =>
    hotwordVocabulary(all.map((token, id) => `${token} ${String(id)}\n`).join(''));
  const characters = Array.from({ length: 200 }, (_, index) =>
    String.fromCodePoint(0x4e00 + index),
  );

  it('is made of the pieces in their order', () => {
    assert.deepEqual(vocabulary('<blk>', '▁A', 'B'), {
      unit: 'bpe',
      bpeVocab: '<blk>\t0\n▁A\t-1\nB\t-2\n',
      letters: 'upper',
    });
    assert.equal(vocabulary('<BLK>', '▁a', 'b')?.letters, 'lower');
    assert.equal(vocabulary('▁a', 'B')?.letters, 'both');
  });

  it('is that of characters where there are many of them, and none for other tokens', () => {
    assert.deepEqual(vocabulary('<blk>', ...characters), {
      unit: 'cjkchar',
      bpeVocab: '',
      letters: 'both',
    });
    assert.equal(vocabulary('▁A', ...characters)?.unit, 'cjkchar+bpe');
    assert.equal(vocabulary('<blk>', 'a', 'b'), undefined);
    assert.equal(hotwordVocabulary('not a list of tokens'), undefined);
  });

  it('takes phrases in its own letters, without what the engine reads as signs', () => {
    const upper = vocabulary('▁A');
    const both = vocabulary('▁a', 'B');
    assert.ok(upper && both);
    assert.equal(hotwordsOf('Kubernetes, Dr. Nguyen', upper), 'KUBERNETES/DR/NGUYEN');
    assert.equal(hotwordsOf('a/b :2.0\nGrafana; Grafana', both), 'a b 2.0/Grafana');
    assert.equal(hotwordsOf('北京、上海。', both), '北京/上海');
    assert.equal(hotwordsOf(' \n,', both), '');
  });
});
