import type { ModelFiles, TinySherpaOptions } from './nemoCtc';
import { list, onnxFile, scalar } from './onnx';
import { defaultWords, oneHotTable, tokensFile, wordTokens } from './sherpaTokens';

const featureCount = 560;

/**
 * A SenseVoice model without weights that recognises the same English words in any audio
 * (docs/model-formats.md section 4.1).
 */
export function senseVoiceModel(options: TinySherpaOptions = {}): ModelFiles {
  // The first four frames carry the language, the emotion, the event and whether numbers were written out.
  const tags = ['<|en|>', '<|NEUTRAL|>', '<|Speech|>', '<|withitn|>'];
  const tokens = ['<blk>', ...tags, ...wordTokens(options.words ?? defaultWords)];
  const sequence = [...Array.from({ length: tokens.length - 1 }, (_, index) => index + 1), 0];
  const model = onnxFile({
    nodes: [
      { op: 'Shape', inputs: ['x'], outputs: ['sh'] },
      { op: 'Gather', inputs: ['sh', 'one'], outputs: ['t0'] },
      { op: 'Add', inputs: ['t0', 'four'], outputs: ['t'] },
      { op: 'Range', inputs: ['zero', 't', 'one'], outputs: ['r'] },
      { op: 'Min', inputs: ['r', 'last'], outputs: ['idx'] },
      { op: 'Gather', inputs: ['tab', 'idx'], outputs: ['o'] },
      { op: 'Unsqueeze', inputs: ['o', 'ax0'], outputs: ['logits'] },
    ],
    inputs: [
      { name: 'x', type: 'float', shape: ['N', 'T', featureCount] },
      { name: 'x_length', type: 'int32', shape: ['N'] },
      { name: 'language', type: 'int32', shape: ['N'] },
      { name: 'text_norm', type: 'int32', shape: ['N'] },
    ],
    outputs: [{ name: 'logits', type: 'float', shape: ['N', 'T2', tokens.length] }],
    tensors: [
      scalar('four', 4),
      scalar('zero', 0),
      scalar('one', 1),
      scalar('last', sequence.length - 1),
      oneHotTable(sequence, tokens.length, 0),
      list('ax0', [0]),
    ],
    metadata: options.metadata ?? {
      model_type: 'sense_voice_ctc',
      vocab_size: tokens.length,
      lfr_window_size: 7,
      lfr_window_shift: 6,
      normalize_samples: 0,
      with_itn: 14,
      without_itn: 15,
      lang_auto: 0,
      lang_zh: 3,
      lang_en: 4,
      lang_yue: 7,
      lang_ja: 11,
      lang_ko: 12,
      neg_mean: repeated('0'),
      inv_stddev: repeated('1'),
      version: '1',
      comment: 'tiny',
    },
  });
  return { 'model.onnx': model, 'tokens.txt': tokensFile(tokens) };
}

function repeated(value: string): string {
  return Array.from({ length: featureCount }, () => value).join(',');
}
