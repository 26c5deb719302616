import type { ModelFiles } from '../../hub/models';
import { list, onnxFile } from '../../hub/models/onnx';

/**
 * A streaming transducer without weights (sherpa-onnx's LSTM kind, whose states are simplest): its hidden state counts
 * the chunks, and the n-th chunk emits the n-th word.
 */
export function streamingModel(
  words: readonly string[] = ['hello', 'streaming', 'model'],
): ModelFiles {
  const tokens = ['<blk>', ...words.map((word) => `▁${word}`)];
  const size = tokens.length;
  const sequence = [...words.map((_, index) => index + 1), 0];
  const table = sequence.flatMap((token) => tokens.map((_, index) => (index === token ? 5 : -10)));
  const encoder = onnxFile({
    nodes: [
      { op: 'Cast', inputs: ['h'], outputs: ['count'], attributes: { to: 7 } },
      { op: 'Min', inputs: ['count', 'last'], outputs: ['row'] },
      { op: 'Gather', inputs: ['table', 'row'], outputs: ['words'] },
      { op: 'Reshape', inputs: ['words', 'outShape'], outputs: ['encoder_out'] },
      { op: 'Add', inputs: ['h', 'one'], outputs: ['next_h'] },
      { op: 'Identity', inputs: ['c'], outputs: ['next_c'] },
    ],
    inputs: [
      { name: 'x', type: 'float', shape: ['N', 9, 80] },
      { name: 'h', type: 'float', shape: [1, 'N', 1] },
      { name: 'c', type: 'float', shape: [1, 'N', 1] },
    ],
    outputs: [
      { name: 'encoder_out', type: 'float', shape: [1, 1, size] },
      { name: 'next_h', type: 'float', shape: [1, 'N', 1] },
      { name: 'next_c', type: 'float', shape: [1, 'N', 1] },
    ],
    tensors: [
      list('last', [sequence.length - 1]),
      list('outShape', [1, 1, size]),
      { name: 'table', type: 'float', dims: [sequence.length, size], values: table },
      { name: 'one', type: 'float', dims: [1], values: [1] },
    ],
    metadata: {
      model_type: 'lstm',
      num_encoder_layers: 1,
      T: 9,
      decode_chunk_len: 4,
      rnn_hidden_size: 1,
      d_model: 1,
    },
  });
  const decoder = onnxFile({
    nodes: [{ op: 'Identity', inputs: ['zeros'], outputs: ['decoder_out'] }],
    inputs: [{ name: 'y', type: 'int64', shape: ['N', 2] }],
    outputs: [{ name: 'decoder_out', type: 'float', shape: [1, size] }],
    tensors: [{ name: 'zeros', type: 'float', dims: [1, size], values: tokens.map(() => 0) }],
    metadata: { vocab_size: size, context_size: 2 },
  });
  const joiner = onnxFile({
    nodes: [{ op: 'Add', inputs: ['encoder_out', 'decoder_out'], outputs: ['logit'] }],
    inputs: [
      { name: 'encoder_out', type: 'float', shape: ['N', size] },
      { name: 'decoder_out', type: 'float', shape: ['N', size] },
    ],
    outputs: [{ name: 'logit', type: 'float', shape: ['N', size] }],
    tensors: [],
    metadata: { joiner_dim: size },
  });
  return {
    'encoder-epoch-1.onnx': encoder,
    'decoder-epoch-1.onnx': decoder,
    'joiner-epoch-1.onnx': joiner,
    'tokens.txt': tokens.map((token, index) => `${token} ${String(index)}\n`).join(''),
  };
}
