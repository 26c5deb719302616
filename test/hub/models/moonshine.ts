import type { ModelFiles, TinySherpaOptions } from './nemoCtc';
import { list, onnxFile, scalar, type OnnxValue } from './onnx';
import { defaultWords, oneHotTable, wordTokens } from './sherpaTokens';

/** Of the states that go from one step to the next: two heads of two numbers. */
const [heads, headSize, hiddenSize] = [2, 2, 4];
/** The tokens that begin and end a text, by their place in the vocabulary: the engine takes these for granted. */
const specialTokens = ['<unk>', '<s>', '</s>'];
const end = specialTokens.indexOf('</s>');

/**
 * A Moonshine without weights, in the layout of transformers.js: a tokenizer.json and no tokens.txt. The decoder says one
 * word a step and knows the step by the length of the states it is given (docs/model-formats.md section 4.1).
 */
export function moonshineModel({ words = defaultWords }: TinySherpaOptions = {}): ModelFiles {
  const tokens = [...specialTokens, ...wordTokens(words)];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return {
    'onnx/encoder_model_quantized.onnx': encoder(),
    'onnx/decoder_model_merged_quantized.onnx': decoder(tokens.length, words.length),
    'config.json': `${JSON.stringify({ model_type: 'moonshine', vocab_size: tokens.length })}\n`,
    'generation_config.json': '{}\n',
    'preprocessor_config.json': '{}\n',
    'tokenizer_config.json': '{}\n',
    'tokenizer.json': `${JSON.stringify({ model: { type: 'BPE', vocab }, added_tokens: [] })}\n`,
  };
}

/** States of zeros, as many as the real one has for so many samples: the engine takes the most words of a text from them. */
function encoder(): Buffer {
  return onnxFile({
    nodes: [
      { op: 'Shape', inputs: ['input_values'], outputs: ['sh'] },
      { op: 'Div', inputs: ['sh', 'step'], outputs: ['t'] },
      { op: 'Concat', inputs: ['t', 'hidden'], outputs: ['size'], attributes: { axis: 0 } },
      { op: 'ConstantOfShape', inputs: ['size'], outputs: ['last_hidden_state'] },
    ],
    inputs: [{ name: 'input_values', type: 'float', shape: ['B', 'N'] }],
    outputs: [{ name: 'last_hidden_state', type: 'float', shape: ['B', 'T', hiddenSize] }],
    tensors: [list('step', [1, 384]), list('hidden', [hiddenSize])],
  });
}

function decoder(tokenCount: number, wordCount: number): Buffer {
  const firstWord = specialTokens.length;
  const sequence = [...Array.from({ length: wordCount }, (_, word) => firstWord + word), end];
  const states = ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value'];
  const state = (prefix: string, name: string): OnnxValue => ({
    name: `${prefix}.0.${name}`,
    type: 'float',
    shape: ['B', heads, `${name} length`, headSize],
  });
  return onnxFile({
    nodes: [
      { op: 'Shape', inputs: ['past_key_values.0.decoder.key'], outputs: ['sh'] },
      { op: 'Gather', inputs: ['sh', 'two'], outputs: ['step'] },
      { op: 'Min', inputs: ['step', 'last'], outputs: ['idx'] },
      { op: 'Gather', inputs: ['tab', 'idx'], outputs: ['scores'] },
      { op: 'Unsqueeze', inputs: ['scores', 'ax01'], outputs: ['logits'] },
      ...states.map((name) => ({
        op: 'Concat',
        inputs: [`past_key_values.0.${name}`, name.startsWith('decoder') ? 'more' : 'nothing'],
        outputs: [`present.0.${name}`],
        attributes: { axis: 2 },
      })),
    ],
    inputs: [
      { name: 'input_ids', type: 'int64', shape: ['B', 'L'] },
      { name: 'encoder_hidden_states', type: 'float', shape: ['B', 'T', hiddenSize] },
      ...states.map((name) => state('past_key_values', name)),
      { name: 'use_cache_branch', type: 'bool', shape: [1] },
    ],
    outputs: [
      { name: 'logits', type: 'float', shape: ['B', 'L', tokenCount] },
      ...states.map((name) => state('present', name)),
    ],
    tensors: [
      scalar('two', 2),
      scalar('last', sequence.length - 1),
      oneHotTable(sequence, tokenCount, 5),
      list('ax01', [0, 1]),
      { name: 'more', type: 'float', dims: [1, heads, 1, headSize], values: [0, 0, 0, 0] },
      { name: 'nothing', type: 'float', dims: [1, heads, 0, headSize], values: [] },
    ],
  });
}
