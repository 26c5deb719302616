import type { ModelFile } from '../model';

/**
 * The families of sherpa-onnx, distinguished by files, names and metadata (docs/model-formats.md sections 1.2 and 4.1).
 */
export type SherpaFamily =
  | 'qwen3-asr'
  | 'moonshine-v1'
  | 'moonshine-v2'
  | 'transducer'
  | 'nemo-transducer'
  | 'streaming-transducer'
  | 'whisper'
  | 'canary'
  | 'cohere-transcribe'
  | 'fire-red-asr'
  | SingleModelFamily;

/** The families that consist of one model file and its tokens. */
type SingleModelFamily =
  | 'sense-voice'
  | 'paraformer'
  | 'nemo-ctc'
  | 'zipformer-ctc'
  | 'wenet-ctc'
  | 'telespeech-ctc'
  | 'dolphin'
  | 'omnilingual'
  | 'medasr'
  | 'fire-red-asr-ctc';

/** The parts of a sherpa-onnx model. */
export interface SherpaParts {
  readonly model?: ModelFile;
  readonly encoder?: ModelFile;
  readonly decoder?: ModelFile;
  readonly joiner?: ModelFile;
  readonly preprocessor?: ModelFile;
  readonly uncachedDecoder?: ModelFile;
  readonly cachedDecoder?: ModelFile;
  readonly mergedDecoder?: ModelFile;
  readonly convFrontend?: ModelFile;
  readonly tokens?: ModelFile;
  /** A tokenizer.json of transformers, of which the tokens of a Moonshine can be made. */
  readonly tokenizer?: ModelFile;
  /** The vocabulary of a tokenizer directory. */
  readonly tokenizerVocabulary?: ModelFile;
}

/** The catalog's names of the parts, where they are not the parts' own. */
const byRole: Readonly<Record<string, keyof SherpaParts>> = {
  model: 'model',
  encoder: 'encoder',
  decoder: 'decoder',
  joiner: 'joiner',
  preprocessor: 'preprocessor',
  tokens: 'tokens',
  'uncached-decoder': 'uncachedDecoder',
  'cached-decoder': 'cachedDecoder',
  'merged-decoder': 'mergedDecoder',
  'conv-frontend': 'convFrontend',
};

const byName: readonly (readonly [keyof SherpaParts, RegExp])[] = [
  ['convFrontend', /^conv_frontend.*\.onnx$/],
  ['preprocessor', /^preprocess.*\.onnx$/],
  ['uncachedDecoder', /^uncached_decode.*\.(onnx|ort)$/],
  ['cachedDecoder', /^cached_decode.*\.(onnx|ort)$/],
  ['mergedDecoder', /^decoder_model_merged.*\.(onnx|ort)$/],
  ['joiner', /(^|[-_.])joiner.*\.onnx$/],
  ['encoder', /(^|[-_.])encode(r|r_model)?([-_.].*)?\.(onnx|ort)$/],
  ['decoder', /(^|[-_.])decoder([-_.].*)?\.(onnx|ort)$/],
  ['model', /^model.*\.onnx$/],
  ['tokens', /tokens\.txt$/],
  ['tokenizer', /^tokenizer\.json$/],
  ['tokenizerVocabulary', /^vocab\.json$/],
];

/** Sorts a model's files into parts, by their names and, where those say nothing, by their roles. Where a part is there twice, the int8 one wins, as sherpa's examples do. */
export function sherpaParts(files: readonly ModelFile[]): SherpaParts {
  const parts: { -readonly [part in keyof SherpaParts]: SherpaParts[part] } = {};
  for (const file of files) {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1).toLowerCase();
    const part = byName.find(([, pattern]) => pattern.test(name))?.[0] ?? byRole[file.role];
    if (part === undefined) continue;
    const present = parts[part];
    if (present === undefined || (name.includes('int8') && !present.path.includes('int8'))) {
      parts[part] = file;
    }
  }
  return parts;
}

/** The file whose metadata decides where the names leave it open. */
export function decidingFile(parts: SherpaParts): ModelFile | undefined {
  if (parts.convFrontend !== undefined || parts.mergedDecoder !== undefined) return undefined;
  if (parts.uncachedDecoder !== undefined) return undefined;
  return parts.encoder ?? parts.model;
}

/**
 * Which family a set of parts is. `metadata` is that of {@link decidingFile}; `hint` is the model's id and path,
 * for what has no metadata. Undefined when it is none that sherpa-onnx loads, or has no list of tokens.
 */
export function sherpaFamily(
  parts: SherpaParts,
  metadata: ReadonlyMap<string, string>,
  hint: string,
): SherpaFamily | undefined {
  if (parts.convFrontend !== undefined) return 'qwen3-asr';
  if (parts.mergedDecoder !== undefined) {
    const hasTokens = parts.tokens !== undefined || parts.tokenizer !== undefined;
    return hasTokens && parts.encoder !== undefined ? 'moonshine-v2' : undefined;
  }
  if (parts.tokens === undefined) return undefined;
  if (parts.uncachedDecoder !== undefined) return 'moonshine-v1';
  const type = metadata.get('model_type') ?? '';
  if (parts.encoder !== undefined && parts.decoder !== undefined) {
    if (parts.joiner !== undefined) return transducerFamily(type, metadata, hint);
    if (/^whisper/i.test(type)) return 'whisper';
    if (/fire.?red/i.test(type)) return 'fire-red-asr';
    if (/cohere/i.test(type)) return 'cohere-transcribe';
    if (/EncDecMultiTask|canary/i.test(type)) return 'canary';
    return familyByHint(hint);
  }
  return parts.model === undefined ? undefined : singleModelFamily(type, hint);
}

function transducerFamily(
  type: string,
  metadata: ReadonlyMap<string, string>,
  hint: string,
): SherpaFamily {
  const streams =
    metadata.has('decode_chunk_len') || metadata.has('chunk_shift') || /streaming/i.test(hint);
  if (streams) return 'streaming-transducer';
  return type.startsWith('EncDec') || /nemo|parakeet|giga-?am/i.test(hint)
    ? 'nemo-transducer'
    : 'transducer';
}

function familyByHint(hint: string): SherpaFamily | undefined {
  if (/fire.?red/i.test(hint)) return 'fire-red-asr';
  if (/cohere/i.test(hint)) return 'cohere-transcribe';
  if (/canary/i.test(hint)) return 'canary';
  return /whisper/i.test(hint) ? 'whisper' : undefined;
}

const singleByType: readonly (readonly [RegExp, SingleModelFamily])[] = [
  [/^sense_voice/, 'sense-voice'],
  [/^paraformer/, 'paraformer'],
  [/^EncDec/, 'nemo-ctc'],
  [/^zipformer2?_ctc/, 'zipformer-ctc'],
  [/^wenet_ctc/, 'wenet-ctc'],
  [/^telespeech_ctc/, 'telespeech-ctc'],
  [/^medasr/, 'medasr'],
  [/dolphin/, 'dolphin'],
  [/omnilingual/, 'omnilingual'],
  [/fire.?red/, 'fire-red-asr-ctc'],
];

const singleByHint: readonly (readonly [RegExp, SingleModelFamily])[] = [
  [/dolphin/i, 'dolphin'],
  [/omnilingual/i, 'omnilingual'],
  [/fire.?red/i, 'fire-red-asr-ctc'],
  [/tele-?speech/i, 'telespeech-ctc'],
  [/med-?asr/i, 'medasr'],
  [/sense-?voice/i, 'sense-voice'],
  [/paraformer/i, 'paraformer'],
  [/zipformer/i, 'zipformer-ctc'],
  [/wenet/i, 'wenet-ctc'],
  [/nemo|parakeet|giga-?am/i, 'nemo-ctc'],
];

function singleModelFamily(type: string, hint: string): SingleModelFamily | undefined {
  const known = singleByType.find(([pattern]) => pattern.test(type));
  return (known ?? singleByHint.find(([pattern]) => pattern.test(hint)))?.[1];
}
