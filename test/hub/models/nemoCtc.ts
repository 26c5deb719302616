import { list, onnxFile, scalar } from './onnx';
import { defaultWords, oneHotTable, tokensFile, wordTokens } from './sherpaTokens';

/** The files of a sherpa-onnx model, by path. */
export type ModelFiles = Readonly<Record<string, Buffer | string>>;

export interface TinySherpaOptions {
  readonly words?: readonly string[];
  /**
   * Replaces the metadata. Without a required entry sherpa-onnx ends its process with exit code 255
   * (docs/model-formats.md section 5).
   */
  readonly metadata?: Readonly<Record<string, string | number>>;
}

/**
 * A NeMo CTC model without weights that recognises the same words in any audio: its graph only counts the frames and
 * takes the output of each from a table (docs/model-formats.md section 4.1).
 */
export function nemoCtcModel(options: TinySherpaOptions = {}): ModelFiles {
  const tokens = [...wordTokens(options.words ?? defaultWords), '<blk>'];
  const blank = tokens.length - 1;
  const sequence = Array.from({ length: blank }, (_, word) => [word, blank]).flat();
  const model = onnxFile({
    nodes: [
      { op: 'Shape', inputs: ['audio_signal'], outputs: ['sh'] },
      { op: 'Gather', inputs: ['sh', 'two'], outputs: ['t'] },
      { op: 'Range', inputs: ['zero', 't', 'one'], outputs: ['r'] },
      { op: 'Min', inputs: ['r', 'last'], outputs: ['idx'] },
      { op: 'Gather', inputs: ['tab', 'idx'], outputs: ['o'] },
      { op: 'Unsqueeze', inputs: ['o', 'ax0'], outputs: ['logprobs'] },
    ],
    inputs: [
      { name: 'audio_signal', type: 'float', shape: ['B', 80, 'T'] },
      { name: 'length', type: 'int64', shape: ['B'] },
    ],
    outputs: [{ name: 'logprobs', type: 'float', shape: ['B', 'T2', tokens.length] }],
    tensors: [
      scalar('two', 2),
      scalar('zero', 0),
      scalar('one', 1),
      scalar('last', sequence.length - 1),
      oneHotTable(sequence, tokens.length, 0),
      list('ax0', [0]),
    ],
    metadata: options.metadata ?? {
      model_type: 'EncDecCTCModelBPE',
      vocab_size: blank,
      subsampling_factor: 8,
      normalize_type: 'per_feature',
      version: '1',
      model_author: 'test',
      comment: 'tiny',
    },
  });
  return { 'model.onnx': model, 'tokens.txt': tokensFile(tokens) };
}

/** A CTC model that loads, and whose graph asks for more memory than any machine has at the first transcription. */
export function greedyCtcModel(): ModelFiles {
  const model = onnxFile({
    nodes: [
      { op: 'Shape', inputs: ['audio_signal'], outputs: ['sh'] },
      { op: 'Mul', inputs: ['sh', 'many'], outputs: ['big'] },
      { op: 'ConstantOfShape', inputs: ['big'], outputs: ['logprobs'] },
    ],
    inputs: [
      { name: 'audio_signal', type: 'float', shape: ['B', 80, 'T'] },
      { name: 'length', type: 'int64', shape: ['B'] },
    ],
    outputs: [{ name: 'logprobs', type: 'float', shape: ['B', 'T2', 'V'] }],
    tensors: [list('many', [1, 1_000_000, 1_000_000]), scalar('unused', 1)],
    metadata: {
      model_type: 'EncDecCTCModelBPE',
      vocab_size: 3,
      subsampling_factor: 8,
      normalize_type: 'per_feature',
    },
  });
  return { ...nemoCtcModel(), 'model.onnx': model };
}
