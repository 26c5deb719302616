import { weightsOf } from './onnxLayouts';
import { type Folder, type Part, type RecognisedVariant, variantOf } from './variant';

function when(folder: Folder, parts: readonly Part[]): readonly Part[] {
  return parts.filter((part) => folder.has(part.name));
}

/** The JSON and text files next to transformers' weights: those of the needed and the optional ones that are there. */
function tokenizerParts(folder: Folder): readonly Part[] {
  const hasTokenizer = folder.has('tokenizer.json');
  return when(folder, [
    { name: 'generation_config.json', role: 'generation-config' },
    { name: 'preprocessor_config.json', role: 'preprocessor' },
    { name: 'processor_config.json', role: 'preprocessor', required: false },
    { name: 'tokenizer.json', role: 'tokenizer' },
    { name: 'tokenizer_config.json', role: 'tokenizer-config' },
    { name: 'vocab.json', role: 'vocabulary', required: !hasTokenizer },
    { name: 'merges.txt', role: 'merges', required: !hasTokenizer },
    { name: 'normalizer.json', role: 'normalizer', required: false },
    { name: 'added_tokens.json', role: 'added-tokens', required: false },
    { name: 'special_tokens_map.json', role: 'special-tokens', required: false },
    { name: 'chat_template.json', role: 'chat-template', required: false },
    { name: 'chat_template.jinja', role: 'chat-template', required: false },
    { name: 'tokenizer.model', role: 'tokenizer', required: false },
    { name: 'tekken.json', role: 'tokenizer', required: !hasTokenizer },
  ]);
}

/** One weights file, or an index and all the shards of it: a name says how many there are. */
function weightParts(folder: Folder, stem: string, extension: string): readonly Part[] | undefined {
  const whole = `${stem}.${extension}`;
  if (folder.has(whole)) return [{ name: whole, role: 'model' }];
  const index = `${stem}.${extension}.index.json`;
  if (!folder.has(index)) return undefined;
  const shards = [...folder.names.keys()]
    .filter((name) => name.startsWith(`${stem}-`) && name.endsWith(`.${extension}`))
    .filter((name) => /-\d{5}-of-\d{5}$/.test(name.slice(0, -extension.length - 1)));
  const count = Number(/-of-(\d{5})\.\w+$/.exec(shards[0] ?? '')?.[1] ?? 0);
  if (shards.length === 0 || shards.length < count) return undefined;
  return [
    { name: index, role: 'weights-index' },
    ...shards.map((name) => ({ name, role: 'model' })),
  ];
}

function transformers(folder: Folder): readonly (RecognisedVariant | undefined)[] {
  const config: Part = { name: 'config.json', role: 'config' };
  const safe = weightParts(folder, 'model', 'safetensors');
  const pickled = weightParts(folder, 'pytorch_model', 'bin');
  const rest = tokenizerParts(folder);
  return [
    safe &&
      variantOf({ format: 'transformers', label: 'safetensors' }, folder, [
        ...safe,
        config,
        ...rest,
      ]),
    pickled &&
      variantOf({ format: 'transformers', kind: 'pytorch', label: 'pytorch_model.bin' }, folder, [
        ...pickled,
        config,
        ...rest,
      ]),
  ];
}

/** Mistral's own layout of the same models. */
function mistral(folder: Folder): RecognisedVariant | undefined {
  return variantOf({ format: 'transformers', kind: 'mistral', label: 'consolidated' }, folder, [
    { name: 'consolidated.safetensors', role: 'model' },
    { name: 'tekken.json', role: 'tokenizer' },
    { name: 'params.json', role: 'config' },
  ]);
}

/**
 * The CTranslate2 layout of faster-whisper. A repository may lack `tokenizer.json`; faster-whisper then downloads one
 * (docs/model-formats.md section 1.1).
 */
function ctranslate2(folder: Folder): RecognisedVariant | undefined {
  const vocabulary = ['vocabulary.json', 'vocabulary.txt'].find((name) => folder.has(name));
  if (vocabulary === undefined) return undefined;
  return variantOf({ format: 'ctranslate2', label: 'ctranslate2' }, folder, [
    { name: 'model.bin', role: 'model' },
    { name: 'config.json', role: 'config' },
    { name: 'tokenizer.json', role: 'tokenizer', required: folder.has('tokenizer.json') },
    { name: vocabulary, role: 'vocabulary' },
    { name: 'preprocessor_config.json', role: 'preprocessor', required: false },
  ]);
}

/** The layouts that Python's libraries load from a folder. */
export function pythonLayouts(folder: Folder): readonly RecognisedVariant[] {
  return [ctranslate2(folder), ...transformers(folder), mistral(folder)].filter(
    (variant) => variant !== undefined,
  );
}

/** The precisions of transformers.js by the suffix of the graph's file name (docs/model-formats.md section 1.3). */
const precisions: Readonly<Record<string, string>> = {
  '': 'fp32',
  _fp16: 'fp16',
  _quantized: 'q8',
  _int8: 'int8',
  _uint8: 'uint8',
  _q4: 'q4',
  _q4f16: 'q4f16',
  _bnb4: 'bnb4',
};

function pairs(onnx: Folder): readonly (readonly [encoder: string, decoder: string])[] {
  const suffixes = Object.keys(precisions);
  const encoders = suffixes.filter((suffix) => onnx.has(`encoder_model${suffix}.onnx`));
  const decoders = suffixes.filter((suffix) => onnx.has(`decoder_model_merged${suffix}.onnx`));
  const mixed = encoders.includes('') ? decoders.filter((suffix) => suffix.startsWith('_q4')) : [];
  return [
    ...encoders
      .filter((suffix) => decoders.includes(suffix))
      .map((suffix) => [suffix, suffix] as const),
    ...mixed.map((suffix) => ['', suffix] as const),
  ];
}

/** A folder with the names of another one put below it, as one: `onnx/encoder_model.onnx` next to `config.json`. */
function joined(root: Folder, onnx: Folder): Folder {
  const names = new Map([
    ...root.names,
    ...[...onnx.names].map(([name, file]) => [`onnx/${name}`, file] as const),
  ]);
  return { prefix: root.prefix, names, has: (name) => names.has(name) };
}

/**
 * The files that transformers.js loads from a folder and its `onnx/`: encoder and decoder of the same precision, and
 * the plain encoder with a 4-bit decoder, which is its own advice for Whisper.
 */
export function transformersJs(root: Folder, onnx: Folder): readonly RecognisedVariant[] {
  const folder = joined(root, onnx);
  return pairs(onnx)
    .map(([encoder, decoder]) => {
      const graphs = [
        { name: `onnx/encoder_model${encoder}.onnx`, role: 'encoder' },
        { name: `onnx/decoder_model_merged${decoder}.onnx`, role: 'decoder' },
      ];
      const quantization = precisions[decoder];
      const label = encoder === decoder ? quantization : `${quantization ?? ''} decoder`;
      return variantOf({ format: 'onnx-transformers', label: label ?? '', quantization }, folder, [
        ...graphs,
        ...weightsOf(folder, graphs),
        { name: 'config.json', role: 'config' },
        ...tokenizerParts(root),
      ]);
    })
    .filter((variant) => variant !== undefined);
}
