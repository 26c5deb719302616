/** Token numbers of the two vocabularies that Whisper has (whisper.cpp). */
const english = { count: 51_864, endOfText: 50_256, firstTimestamp: 50_363 };
const multilingual = { count: 51_865, endOfText: 50_257, firstTimestamp: 50_364 };
/** The token for English in the multilingual vocabulary. */
const englishLanguage = 50_259;

/** Tensor types of ggml. */
const float32 = 0;
const float16 = 1;
const quantized8 = 8;
/** The file types of ggml for them; thousands are the version of the quantization. */
const fileOfFloat16 = 1;
const fileOfQuantized8 = 2007;
/** Bytes of 32 values: a scale of 16 bits and 8 bits for each. */
const quantized8BlockBytes = 34;

export interface TinyWhisperOptions {
  /** The text that it recognises, with its spaces. */
  readonly words?: readonly string[];
  /** The layout of tiny instead of tiny.en; it detects English in every audio. */
  readonly multilingual?: boolean;
  /** Width of the network: at least as many as words plus 3, or plus 5 when multilingual. */
  readonly stateSize?: number;
  /** Frames of audio that the encoder takes; a real model has 1500. */
  readonly audioContext?: number;
  /** Layers of the encoder: a hundred of them make a small file that takes seconds for each piece. */
  readonly audioLayers?: number;
  /** Keeps matrices in 8 bits (q8_0); the width of the network must then be a multiple of 32. */
  readonly quantized?: boolean;
  /** When the segment ends, in steps of 20 ms. */
  readonly endStep?: number;
  /** A smaller vocabulary makes whisper.cpp abort its process when it decodes (docs/model-formats.md section 3). */
  readonly tokenCount?: number;
  /**
   * Leaves out the token that is a single space: whisper.cpp then throws at the first transcription
   * (docs/model-formats.md section 3).
   */
  readonly withoutSpace?: boolean;
}

/**
 * A whisper.cpp model file in the layout of tiny.en (or tiny) that turns any audio into the same words
 * (docs/model-formats.md section 3). Every matrix is zero, so that each block only passes its input on; the decoder's
 * positional embedding picks one basis vector per position, and the token embedding maps each basis vector to one
 * token.
 */
export function whisperGgml(options: TinyWhisperOptions = {}): Buffer {
  const {
    words = [' hello', ' model'],
    stateSize = 8,
    audioContext = 1500,
    audioLayers = 1,
    endStep = 50,
  } = options;
  const vocabularyKind = options.multilingual === true ? multilingual : english;
  const { firstTimestamp, endOfText } = vocabularyKind;
  const tokenCount = options.tokenCount ?? vocabularyKind.count;
  const sequence = [
    // A multilingual prompt is start, language, task: the token after the start is the detected language.
    ...(options.multilingual === true ? [englishLanguage, englishLanguage] : []),
    firstTimestamp,
    ...words.map((_, index) => index),
    firstTimestamp + endStep,
    endOfText,
  ];
  if (sequence.length > stateSize) throw new RangeError('stateSize is too small for the words');

  const textContext = 448;
  const melBands = 80;
  const fftBins = 201;
  const out: Buffer[] = [
    ints(0x67676d6c),
    ints(
      tokenCount,
      audioContext,
      stateSize,
      1,
      audioLayers,
      textContext,
      stateSize,
      1,
      1,
      melBands,
      options.quantized === true ? fileOfQuantized8 : fileOfFloat16,
    ),
    ints(melBands, fftBins),
    floats(new Array<number>(melBands * fftBins).fill(0.01)),
  ];
  const vocabulary = options.withoutSpace === true ? words : [...words, ' '];
  out.push(ints(vocabulary.length));
  for (const word of vocabulary) out.push(ints(Buffer.byteLength(word)), Buffer.from(word));

  const matrix = options.quantized === true ? quantized8 : float16;
  function tensor(name: string, shape: readonly number[], type: number, data?: Buffer): void {
    const count = shape.reduce((product, each) => product * each, 1);
    out.push(ints(shape.length, name.length, type, ...shape), Buffer.from(name));
    out.push(data ?? Buffer.alloc(tensorBytes(count, type)));
  }
  function norm(name: string): void {
    tensor(`${name}.weight`, [stateSize], float32, floats(new Array<number>(stateSize).fill(1)));
    tensor(`${name}.bias`, [stateSize], float32);
  }
  function block(prefix: string, attentions: readonly string[]): void {
    for (const attention of attentions) {
      for (const part of ['query', 'key', 'value', 'out']) {
        tensor(`${prefix}.${attention}.${part}.weight`, [stateSize, stateSize], matrix);
        if (part !== 'key') tensor(`${prefix}.${attention}.${part}.bias`, [stateSize], float32);
      }
      norm(`${prefix}.${attention}_ln`);
    }
    tensor(`${prefix}.mlp.0.weight`, [stateSize, 4 * stateSize], matrix);
    tensor(`${prefix}.mlp.0.bias`, [4 * stateSize], float32);
    tensor(`${prefix}.mlp.2.weight`, [4 * stateSize, stateSize], matrix);
    tensor(`${prefix}.mlp.2.bias`, [stateSize], float32);
    norm(`${prefix}.mlp_ln`);
  }

  tensor('encoder.positional_embedding', [stateSize, audioContext], float32);
  tensor('encoder.conv1.weight', [3, melBands, stateSize], float16);
  tensor('encoder.conv1.bias', [1, stateSize], float32);
  tensor('encoder.conv2.weight', [3, stateSize, stateSize], float16);
  tensor('encoder.conv2.bias', [1, stateSize], float32);
  for (let layer = 0; layer < audioLayers; layer += 1) {
    block(`encoder.blocks.${String(layer)}`, ['attn']);
  }
  norm('encoder.ln_post');
  const positions = positionTable(sequence.length, stateSize, textContext);
  tensor('decoder.positional_embedding', [stateSize, textContext], float32, positions);
  const table = options.quantized === true ? quantizedTokenTable : tokenTable;
  const embedding = table(sequence, stateSize, tokenCount);
  tensor('decoder.token_embedding.weight', [stateSize, tokenCount], matrix, embedding);
  block('decoder.blocks.0', ['attn', 'cross_attn']);
  norm('decoder.ln');
  return Buffer.concat(out);
}

/** Position p points to basis vector p, and all positions after the text to the last one. */
function positionTable(length: number, stateSize: number, textContext: number): Buffer {
  const table = Buffer.alloc(4 * stateSize * textContext);
  for (let position = 0; position < textContext; position += 1) {
    const basis = Math.min(position, length - 1);
    table.writeFloatLE(100, 4 * (position * stateSize + basis));
  }
  return table;
}

function tokenTable(sequence: readonly number[], stateSize: number, tokenCount: number): Buffer {
  const tenAsFloat16 = 0x4900;
  const table = Buffer.alloc(2 * stateSize * tokenCount);
  sequence.forEach((token, basis) => {
    if (token < tokenCount) table.writeUInt16LE(tenAsFloat16, 2 * (token * stateSize + basis));
  });
  return table;
}

function tensorBytes(count: number, type: number): number {
  if (type === quantized8) return (count / 32) * quantized8BlockBytes;
  return count * (type === float16 ? 2 : 4);
}

/** The same as {@link tokenTable} in blocks of 32 values: each has a scale, and eight bits for each value. */
function quantizedTokenTable(
  sequence: readonly number[],
  stateSize: number,
  tokenCount: number,
): Buffer {
  const oneAsFloat16 = 0x3c00;
  const table = Buffer.alloc(tensorBytes(stateSize * tokenCount, quantized8));
  sequence.forEach((token, basis) => {
    const value = token * stateSize + basis;
    const at = Math.floor(value / 32) * quantized8BlockBytes;
    table.writeUInt16LE(oneAsFloat16, at);
    table.writeInt8(10, at + 2 + (value % 32));
  });
  return table;
}

function ints(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32LE(value, index * 4);
  });
  return bytes;
}

function floats(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeFloatLE(value, index * 4);
  });
  return bytes;
}
