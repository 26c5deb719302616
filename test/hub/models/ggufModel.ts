/** Sizes of the network: one layer of width 8. */
const width = 8;
const heads = 2;
const melBands = 4;
const window = 32;
const kernel = 3;
const classes = 3;

/** Value types of GGUF's metadata. */
const uint32 = 4;
const float32 = 6;
const string = 8;
const array = 9;
/** Tensor types of ggml. */
const tensorFloat32 = 0;
const tensorFloat16 = 1;
const alignment = 32;

/** A value of the metadata: whole numbers are written as 32 bits, others as floats. */
export type GgufValue = string | number | readonly string[] | { readonly float: number };

export interface TinyGgufOptions {
  /** The text that it recognises. */
  readonly text?: string;
  readonly version?: number;
  /** Entries in place of those of the same name; undefined leaves one out. */
  readonly metadata?: Readonly<Record<string, GgufValue | undefined>>;
  /** The name of an entry that is written twice. */
  readonly twice?: string;
  /** The name of a tensor that is left out. */
  readonly withoutTensor?: string;
}

/**
 * A GGUF file of 9 kB for transcribe.cpp (architecture gigaam with a CTC head) that turns any audio into the same text:
 * every weight is zero and the head's bias makes the first class win in each frame, whose piece is the whole text
 * (docs/model-formats.md section 9).
 */
export function ggufModel(options: TinyGgufOptions = {}): Buffer {
  const { text = 'hello tiny model', version = 3, metadata: changes = {} } = options;
  const entries = Object.entries({ ...ownMetadata(text), ...changes });
  const metadata = entries.flatMap(([key, value]) => {
    if (value === undefined) return [];
    const entry = Buffer.concat([text64(key), metadataValue(value)]);
    return key === options.twice ? [entry, entry] : [entry];
  });
  const tensors = ownTensors().filter(({ name }) => name !== options.withoutTensor);
  const heads: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const { name, shape, type, values } of tensors) {
    heads.push(text64(name), u32(shape.length), ...shape.map(u64), u32(type), u64(offset));
    const count = shape.reduce((product, each) => product * each, 1);
    const bytes = padded(
      values === undefined
        ? Buffer.alloc(count * (type === tensorFloat16 ? 2 : 4))
        : floats(values),
    );
    data.push(bytes);
    offset += bytes.length;
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(tensors.length),
    u64(metadata.length),
    ...metadata,
    ...heads,
  ]);
  return Buffer.concat([padded(head), ...data]);
}

function ownMetadata(text: string): Record<string, GgufValue> {
  const piece = (words: string): string => `\u2581${words.replaceAll(' ', '\u2581')}`;
  return {
    'general.architecture': 'gigaam',
    'general.name': 'tiny test model',
    'stt.variant': 'gigaam-v3-ctc',
    'general.languages': ['en'],
    'tokenizer.ggml.model': 'unigram',
    'tokenizer.ggml.tokens': [piece(text), piece('x')],
    'stt.gigaam.head_kind': 'ctc',
    'stt.gigaam.encoder.n_layers': 1,
    'stt.gigaam.encoder.d_model': width,
    'stt.gigaam.encoder.n_heads': heads,
    'stt.gigaam.encoder.d_ff': width,
    'stt.gigaam.encoder.conv_kernel': kernel,
    'stt.gigaam.encoder.subsampling_factor': 4,
    'stt.gigaam.encoder.subs_kernel_size': kernel,
    'stt.gigaam.encoder.pos_emb_max_len': 5000,
    'stt.gigaam.encoder.feat_in': melBands,
    'stt.gigaam.encoder.self_attention_model': 'rotary',
    'stt.gigaam.encoder.conv_norm_type': 'layer_norm',
    'stt.gigaam.head.feat_in': width,
    'stt.gigaam.head.num_classes': classes,
    'stt.frontend.type': 'mel',
    'stt.frontend.num_mels': melBands,
    'stt.frontend.sample_rate': 16_000,
    'stt.frontend.n_fft': window,
    'stt.frontend.win_length': window,
    'stt.frontend.hop_length': 160,
    'stt.frontend.window': 'hann_periodic',
    'stt.frontend.normalize': 'none',
    'stt.frontend.dither': { float: 0 },
    'stt.frontend.pre_emphasis': { float: 0 },
    'stt.frontend.f_min': { float: 0 },
    'stt.frontend.f_max': { float: 8000 },
    'stt.frontend.mel_norm': 'htk',
    'stt.frontend.log_clamp_min': { float: 1e-9 },
    'stt.frontend.log_clamp_max': { float: 1e9 },
  };
}

interface Tensor {
  readonly name: string;
  /** The fastest dimension first. */
  readonly shape: readonly number[];
  readonly type: number;
  /** Absent: zeros. */
  readonly values?: readonly number[];
}

function ownTensors(): Tensor[] {
  const tensors: Tensor[] = [];
  const add = (
    name: string,
    shape: readonly number[],
    type = tensorFloat32,
    values?: readonly number[],
  ): void => {
    tensors.push({ name, shape, type, ...(values === undefined ? {} : { values }) });
  };
  /** A layer's weight and its bias. */
  const layer = (
    name: string,
    shape: readonly number[],
    type = tensorFloat32,
    outputs = shape.at(-1) ?? 0,
  ): void => {
    add(`${name}.weight`, shape, type);
    add(`${name}.bias`, [outputs]);
  };
  add('frontend.mel_filterbank', [window / 2 + 1, melBands]);
  add('frontend.window', [window]);
  layer('enc.pre_encode.conv.0', [kernel, melBands, width], tensorFloat16);
  layer('enc.pre_encode.conv.2', [kernel, width, width], tensorFloat16);
  const block = 'enc.blocks.0';
  for (const name of ['norm_ff1', 'norm_conv', 'conv.ln', 'norm_attn', 'norm_ff2', 'norm_out']) {
    add(`${block}.${name}.weight`, [width], tensorFloat32, new Array<number>(width).fill(1));
    add(`${block}.${name}.bias`, [width]);
  }
  for (const name of ['ff1.linear1', 'ff1.linear2', 'ff2.linear1', 'ff2.linear2']) {
    layer(`${block}.${name}`, [width, width]);
  }
  layer(`${block}.conv.pointwise1`, [1, width, 2 * width], tensorFloat16);
  layer(`${block}.conv.depthwise`, [kernel, 1, width], tensorFloat16);
  layer(`${block}.conv.pointwise2`, [1, width, width], tensorFloat16);
  for (const name of ['q', 'k', 'v', 'out']) layer(`${block}.attn.linear_${name}`, [width, width]);
  add('head.ctc.weight', [1, width, classes], tensorFloat16);
  add('head.ctc.bias', [classes], tensorFloat32, [10, 0, 0]);
  return tensors;
}

function metadataValue(value: GgufValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32(string), text64(value)]);
  if (typeof value === 'number') return Buffer.concat([u32(uint32), u32(value)]);
  if ('float' in value) return Buffer.concat([u32(float32), floats([value.float])]);
  return Buffer.concat([u32(array), u32(string), u64(value.length), ...value.map(text64)]);
}

function text64(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function floats(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeFloatLE(value, index * 4);
  });
  return bytes;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
}
