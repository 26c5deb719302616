import type { ModelFiles, TinySherpaOptions } from './nemoCtc';
import { list, onnxFile, scalar, type OnnxTensor } from './onnx';
import { defaultWords, oneHotTable, tokensFile, wordTokens } from './sherpaTokens';

const hiddenSize = 2;

/**
 * A NeMo token-and-duration transducer (the architecture of Parakeet) without weights: the encoder gives each frame's
 * wanted token, the decoder passes its states on, and the joiner appends "advance by one frame"
 * (docs/model-formats.md section 4.1).
 */
export function nemoTransducerModel(options: TinySherpaOptions = {}): ModelFiles {
  const tokens = [...wordTokens(options.words ?? defaultWords), '<blk>'];
  return {
    'encoder.onnx': encoder(tokens.length, options.metadata),
    'decoder.onnx': decoder(),
    'joiner.onnx': joiner(tokens.length),
    'tokens.txt': tokensFile(tokens),
  };
}

function encoder(tokenCount: number, metadata: TinySherpaOptions['metadata']): Buffer {
  const sequence = Array.from({ length: tokenCount }, (_, index) => index);
  return onnxFile({
    nodes: [
      { op: 'Shape', inputs: ['audio_signal'], outputs: ['sh'] },
      { op: 'Gather', inputs: ['sh', 'two'], outputs: ['t0'] },
      { op: 'Div', inputs: ['t0', 'eight'], outputs: ['t'] },
      { op: 'Range', inputs: ['zero', 't', 'one'], outputs: ['r'] },
      { op: 'Min', inputs: ['r', 'last'], outputs: ['idx'] },
      { op: 'Gather', inputs: ['tab', 'idx'], outputs: ['o'] },
      { op: 'Transpose', inputs: ['o'], outputs: ['ot'], attributes: { perm: [1, 0] } },
      { op: 'Unsqueeze', inputs: ['ot', 'ax0'], outputs: ['outputs'] },
      { op: 'Unsqueeze', inputs: ['t', 'ax0'], outputs: ['encoded_lengths'] },
    ],
    inputs: [
      { name: 'audio_signal', type: 'float', shape: ['B', 128, 'T'] },
      { name: 'length', type: 'int64', shape: ['B'] },
    ],
    outputs: [
      { name: 'outputs', type: 'float', shape: ['B', tokenCount, 'T2'] },
      { name: 'encoded_lengths', type: 'int64', shape: ['B'] },
    ],
    tensors: [
      scalar('two', 2),
      scalar('eight', 8),
      scalar('zero', 0),
      scalar('one', 1),
      scalar('last', sequence.length - 1),
      oneHotTable(sequence, tokenCount, 5),
      list('ax0', [0]),
    ],
    metadata: metadata ?? {
      model_type: 'EncDecRNNTBPEModel',
      vocab_size: tokenCount - 1,
      subsampling_factor: 8,
      normalize_type: 'per_feature',
      pred_rnn_layers: 1,
      pred_hidden: hiddenSize,
      feat_dim: 128,
      url: 'tiny-tdt',
      version: '2',
      comment: 'tiny',
    },
  });
}

function decoder(): Buffer {
  const state = [1, 'B', hiddenSize];
  const output: OnnxTensor = {
    name: 'zo',
    type: 'float',
    dims: [1, hiddenSize, 1],
    values: [0, 0],
  };
  return onnxFile({
    nodes: [
      { op: 'Identity', inputs: ['zo'], outputs: ['outputs'] },
      { op: 'Identity', inputs: ['target_length'], outputs: ['prednet_lengths'] },
      { op: 'Identity', inputs: ['states.1'], outputs: ['states'] },
      { op: 'Identity', inputs: ['st2'], outputs: ['states2'] },
    ],
    inputs: [
      { name: 'targets', type: 'int32', shape: ['B', 1] },
      { name: 'target_length', type: 'int32', shape: ['B'] },
      { name: 'states.1', type: 'float', shape: state },
      { name: 'st2', type: 'float', shape: state },
    ],
    outputs: [
      { name: 'outputs', type: 'float', shape: [1, hiddenSize, 1] },
      { name: 'prednet_lengths', type: 'int32', shape: ['B'] },
      { name: 'states', type: 'float', shape: state },
      { name: 'states2', type: 'float', shape: state },
    ],
    tensors: [output],
  });
}

function joiner(tokenCount: number): Buffer {
  // Scores for advancing by 0, 1, 2, 3 or 4 frames: always one.
  const durations = [-1, 5, -1, -1, -1];
  return onnxFile({
    nodes: [
      {
        op: 'Transpose',
        inputs: ['encoder_outputs'],
        outputs: ['et'],
        attributes: { perm: [0, 2, 1] },
      },
      { op: 'Unsqueeze', inputs: ['et', 'ax1'], outputs: ['e4'] },
      { op: 'Concat', inputs: ['e4', 'dur'], outputs: ['outputs'], attributes: { axis: 3 } },
    ],
    inputs: [
      { name: 'encoder_outputs', type: 'float', shape: ['B', tokenCount, 1] },
      { name: 'decoder_outputs', type: 'float', shape: ['B', hiddenSize, 1] },
    ],
    outputs: [
      { name: 'outputs', type: 'float', shape: ['B', 1, 1, tokenCount + durations.length] },
    ],
    tensors: [
      { name: 'dur', type: 'float', dims: [1, 1, 1, durations.length], values: durations },
      list('ax1', [1]),
    ],
  });
}
