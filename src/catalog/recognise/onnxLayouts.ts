import { defined } from '../../protocol/defined';
import { requiredBytes } from '../readVariant';
import {
  catalogFile,
  type Folder,
  type NamedFile,
  type Part,
  type RecognisedVariant,
  variantOf,
} from './variant';

/** How a name states the precision of the weights: not at all, or by a suffix before the extension. */
const precisions = ['.int8', '.fp16', ''];

function precisionName(suffix: string): string {
  return suffix === '' ? 'fp32' : suffix.slice(1);
}

/**
 * The graph of this precision, else the plain one, else any: parts of different precision work together
 * (docs/model-formats.md section 1.2).
 */
function graph(folder: Folder, stem: string, precision: string): string {
  const names = [precision, '', ...precisions].map((suffix) => `${stem}${suffix}.onnx`);
  return names.find((name) => folder.has(name)) ?? `${stem}.onnx`;
}

/** One tensor in a file of its own, as PyTorch's exporter names them: `onnx__MatMul_3386`, `encoder.conv1.weight`. */
const looseTensor =
  /^(?:onnx__\w+|_?Constant_\w+|(?:\w+\.)+(?:weight|bias)|(?:en|de)coder\.\w+_embedding)$/;

/**
 * The weights of graphs that are too large to contain them: files next to them. The graph names them; before it is
 * here, the names do that are usual (docs/model-formats.md section 1.1).
 */
export function weightsOf(folder: Folder, graphs: readonly Part[]): readonly Part[] {
  const named = new Set(graphs.flatMap(({ name, role }) => weightsOfGraph(folder, name, role)));
  const loose = graphs.some(({ name }) => folder.names.get(name)?.tensorFiles !== undefined)
    ? []
    : [...folder.names.keys()].filter((name) => looseTensor.test(name));
  return [...named, ...loose.map((name) => ({ name, role: 'weights' }))];
}

function weightsOfGraph(folder: Folder, graph: string, role: string): readonly Part[] {
  const known = folder.names.get(graph)?.tensorFiles;
  const usual = (name: string): boolean =>
    name === graph.replace(/\.onnx$/, '.weights') ||
    (name.startsWith(graph) && /^[._]data(?:_\d+)?$/.test(name.slice(graph.length)));
  const names = known ?? [...folder.names.keys()].filter(usual);
  return names.map((name) => ({ name, role: `${role}-weights` }));
}

function withWeights(
  folder: Folder,
  graphs: readonly Part[],
  rest: readonly Part[],
): readonly Part[] {
  return [...graphs, ...weightsOf(folder, graphs), ...rest];
}

/** The stems and precisions of the graphs whose name matches, a group of the pattern being the stem's free part. */
function stems(
  folder: Folder,
  pattern: RegExp,
): readonly { readonly middle: string; readonly precision: string }[] {
  return [...folder.names.keys()].flatMap((name) => {
    const found = pattern.exec(name);
    if (found === null) return [];
    const rest = found[1] ?? '';
    const precision = precisions.find((suffix) => suffix !== '' && rest.endsWith(suffix)) ?? '';
    return [{ middle: rest.slice(0, rest.length - precision.length), precision }];
  });
}

const tokens: Part = { name: 'tokens.txt', role: 'tokens' };
const hotwords: readonly Part[] = [
  { name: 'bpe.model', role: 'bpe', required: false },
  { name: 'bpe.vocab', role: 'bpe', required: false },
];

function encoderDecoder(
  folder: Folder,
  tokenizer: readonly NamedFile[],
): readonly (RecognisedVariant | undefined)[] {
  return stems(folder, /^encoder(.*)\.onnx$/).map(({ middle, precision }) => {
    const parts = ['encoder', 'decoder', 'joiner'].map((role): Part => ({
      name: graph(folder, `${role}${middle}`, precision),
      role,
    }));
    const hasJoiner = folder.has(parts[2]?.name ?? '');
    const frontend = [...folder.names.keys()].find((name) => /^conv_frontend.*\.onnx$/.test(name));
    const kind = hasJoiner ? 'transducer' : frontend === undefined ? 'canary' : 'qwen3-asr';
    const graphs = hasJoiner ? parts : parts.slice(0, 2);
    const quantization = precisionName(precision);
    const rest =
      frontend === undefined ? [tokens, ...hotwords] : [{ name: frontend, role: 'conv-frontend' }];
    const found = variantOf(
      { format: 'onnx-sherpa', kind, label: `${kind}${middle} ${quantization}`, quantization },
      folder,
      withWeights(folder, graphs, rest),
    );
    return found && kind === 'qwen3-asr' ? withTokenizerFolder(found, tokenizer) : found;
  });
}

/** Qwen3-ASR's tokenizer is a folder next to the graphs. */
function withTokenizerFolder(
  variant: RecognisedVariant,
  tokenizer: readonly NamedFile[],
): RecognisedVariant | undefined {
  if (tokenizer.length === 0) return undefined;
  const { sizeBytes: _graphsOnly, ...rest } = variant;
  const files = [
    ...variant.files,
    ...tokenizer.map((file) => catalogFile(file, 'tokenizer', true)),
  ];
  const sizeBytes = requiredBytes(files);
  return { ...rest, files, ...defined({ sizeBytes }) };
}

function whisper(folder: Folder): readonly (RecognisedVariant | undefined)[] {
  const names = [...folder.names.keys()].flatMap((name) => {
    const found = /^(.+)-encoder(\.int8|\.fp16)?\.onnx$/.exec(name);
    return found === null ? [] : [{ stem: found[1] ?? '', precision: found[2] ?? '' }];
  });
  return names.map(({ stem, precision }) => {
    const quantization = precisionName(precision);
    const graphs = ['encoder', 'decoder'].map((role): Part => ({
      name: graph(folder, `${stem}-${role}`, precision),
      role,
    }));
    return variantOf(
      { format: 'onnx-sherpa', kind: 'whisper', label: `${stem} ${quantization}`, quantization },
      folder,
      withWeights(folder, graphs, [{ name: tokensOf(folder, stem), role: 'tokens' }]),
    );
  });
}

function tokensOf(folder: Folder, stem: string): string {
  const own = `${stem}-tokens.txt`;
  return folder.has(own) ? own : tokens.name;
}

function single(folder: Folder): readonly (RecognisedVariant | undefined)[] {
  return stems(folder, /^model(.*)\.onnx$/).map(({ middle, precision }) => {
    const quantization = precisionName(precision);
    const graphs = [{ name: `model${middle}${precision}.onnx`, role: 'model' }];
    return variantOf(
      {
        format: 'onnx-sherpa',
        kind: 'single',
        label: `model${middle} ${quantization}`,
        quantization,
      },
      folder,
      withWeights(folder, graphs, [tokens]),
    );
  });
}

function moonshine(folder: Folder): readonly (RecognisedVariant | undefined)[] {
  const first = stems(folder, /^uncached_decode(.*)\.onnx$/).map(({ precision }) => {
    const quantization = precisionName(precision);
    return variantOf(
      {
        format: 'onnx-sherpa',
        kind: 'moonshine',
        label: `moonshine ${quantization}`,
        quantization,
      },
      folder,
      [
        { name: 'preprocess.onnx', role: 'preprocessor' },
        { name: graph(folder, 'encode', precision), role: 'encoder' },
        { name: graph(folder, 'uncached_decode', precision), role: 'uncached-decoder' },
        { name: graph(folder, 'cached_decode', precision), role: 'cached-decoder' },
        tokens,
      ],
    );
  });
  const second = variantOf(
    { format: 'onnx-sherpa', kind: 'moonshine-v2', label: 'moonshine v2' },
    folder,
    [
      { name: 'encoder_model.ort', role: 'encoder' },
      { name: 'decoder_model_merged.ort', role: 'merged-decoder' },
      tokens,
    ],
  );
  const streaming = variantOf({ format: 'onnx-moonshine', label: 'moonshine streaming' }, folder, [
    { name: 'adapter.ort', role: 'adapter' },
    { name: 'cross_kv.ort', role: 'cross-kv' },
    { name: 'decoder_kv.ort', role: 'decoder' },
    { name: 'encoder.ort', role: 'encoder' },
    { name: 'frontend.model.ort', role: 'frontend' },
    { name: 'frontend.weights.ort', role: 'frontend-weights' },
    { name: 'streaming_config.json', role: 'config' },
    { name: 'tokenizer.bin', role: 'tokenizer' },
  ]);
  return [...first, second, streaming];
}

/** NeMo's models as the onnx-asr package reads them. */
function onnxAsr(folder: Folder): readonly (RecognisedVariant | undefined)[] {
  return stems(folder, /^encoder-model(.*)\.onnx$/).map(({ middle, precision }) => {
    if (middle !== '') return undefined;
    const quantization = precisionName(precision);
    const joint = graph(folder, 'decoder_joint-model', precision);
    const isJoint = folder.has(joint);
    const graphs: readonly Part[] = [
      { name: `encoder-model${precision}.onnx`, role: 'encoder' },
      isJoint
        ? { name: joint, role: 'decoder_joint' }
        : { name: graph(folder, 'decoder-model', precision), role: 'decoder' },
    ];
    return variantOf(
      { format: 'onnx-asr', label: `onnx-asr ${quantization}`, quantization },
      folder,
      withWeights(folder, graphs, [
        { name: 'vocab.txt', role: 'vocabulary' },
        { name: 'config.json', role: 'config' },
        { name: 'nemo128.onnx', role: 'preprocessor', required: false },
      ]),
    );
  });
}

/**
 * The ONNX layouts of a folder. More telling names are tried first, because `encoder*` and `model*` occur in several
 * layouts (docs/model-formats.md section 1.4). `tokenizer` is the folder below it.
 */
export function onnxLayouts(
  folder: Folder,
  tokenizer: readonly NamedFile[],
): readonly RecognisedVariant[] {
  const isOnnxAsr = [...folder.names.keys()].some((name) => /^encoder-model.*\.onnx$/.test(name));
  const found = isOnnxAsr
    ? onnxAsr(folder)
    : [
        ...moonshine(folder),
        ...encoderDecoder(folder, tokenizer),
        ...whisper(folder),
        ...single(folder),
      ];
  return found.filter((variant) => variant !== undefined);
}
