import { fileKind, fileKindBytes, type FileKind } from './modelFile';
import { type OnnxFile, readOnnxFile } from './onnxFile';
import { readHead } from './readAt';
import { isWeightsFile } from './repository';

/** The part that an ONNX graph has in a speech model, by the names of its inputs and outputs. */
type GraphPart =
  | 'encoder'
  | 'decoder'
  | 'joiner'
  | 'whisper-encoder'
  | 'whisper-decoder'
  /** Reads features and writes the tokens' scores, all in one graph. */
  | 'single'
  /** Exported by Optimum for transformers: another program's. */
  | 'optimum';

/** The kind of a model's file by its content, whatever its name is. */
export interface ModelFacts {
  readonly kind: FileKind | 'tokens' | 'nemo';
  readonly part?: GraphPart;
  /** Files beside it that its tensors lie in. */
  readonly tensorFiles?: readonly string[];
  /** It ends before its own header says. */
  readonly isCut?: boolean;
}

const tokenListBytes = 2048;
/** Files that hold no weights and no tokens, whatever is in them: they are not opened. */
const plainFile =
  /\.(?:json|jsonl|md|rst|ya?ml|py|ipynb|sh|html?|csv|tsv|wav|mp3|flac|ogg|m4a|mp4|png|jpe?g|gif|svg|webp|pdf|gitattributes|gitignore)$/i;

/** Looks into a file: its first bytes, and for ONNX its graph. Rejects as the file system does. */
export async function readModelFacts(path: string): Promise<ModelFacts> {
  if (plainFile.test(path)) return { kind: 'unknown' };
  const head = await readHead(path, Math.max(fileKindBytes, tokenListBytes));
  const kind = fileKind(head.subarray(0, fileKindBytes));
  if (kind === 'onnx' || (kind === 'unknown' && /\.onnx$/i.test(path))) {
    const graph = await readOnnxFile(path, { graph: true });
    if (graph === undefined) {
      return isWeightsFile(path) ? { kind, isCut: kind === 'onnx' } : { kind: 'unknown' };
    }
    const part = graphPart(graph);
    return {
      kind: 'onnx',
      tensorFiles: [...graph.tensorFiles],
      ...(part === undefined ? {} : { part }),
    };
  }
  if (kind === 'tar' && Buffer.from(head).includes('model_config.yaml')) return { kind: 'nemo' };
  if (kind === 'unknown' && isTokenList(head)) return { kind: 'tokens' };
  return { kind };
}

/** Lines of a token and its number, counted from 0 (docs/model-formats.md section 4.1). */
function isTokenList(head: Uint8Array): boolean {
  const lines = Buffer.from(head).toString().split('\n').slice(0, 3);
  return (
    lines.length > 1 &&
    lines.every((line, index) => line === '' || /[ \t](\d+)\s*$/.exec(line)?.[1] === String(index))
  );
}

/** The names that exporters give to inputs and outputs, the more telling ones first (docs/model-formats.md section 4.1). */
const parts: readonly (readonly [GraphPart, readonly string[], readonly string[]])[] = [
  ['optimum', [], ['last_hidden_state']],
  ['optimum', ['input_ids'], []],
  ['whisper-encoder', ['mel'], ['n_layer_cross_k']],
  ['whisper-decoder', ['tokens'], ['logits']],
  ['joiner', ['encoder_out', 'decoder_out'], []],
  ['joiner', ['encoder_outputs', 'decoder_outputs'], []],
  ['decoder', ['y'], ['decoder_out']],
  ['decoder', ['targets', 'target_length'], []],
  ['encoder', ['x'], ['encoder_out']],
  ['encoder', ['audio_signal', 'length'], ['encoded_lengths']],
  ['single', ['audio_signal'], ['logprobs']],
  ['single', ['x'], ['log_probs']],
  ['single', ['x'], ['logits']],
  ['single', ['speech'], ['logits']],
];

function graphPart({ inputs, outputs, metadata }: OnnxFile): GraphPart | undefined {
  const [part] =
    parts.find(
      ([, read, written]) =>
        read.every((name) => inputs.has(name)) && written.every((name) => outputs.has(name)),
    ) ?? [];
  const isWhole = /ctc|paraformer|sense_voice/i.test(metadata.get('model_type') ?? '');
  return part ?? (isWhole ? 'single' : undefined);
}
