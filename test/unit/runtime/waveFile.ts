/** The options of {@link wave}; the defaults are 16 kHz, 16 bit, mono, a sine of amplitude 0.5. */
export interface WaveOptions {
  readonly seconds?: number;
  readonly hertz?: number;
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly bits?: number;
  readonly validBits?: number;
  readonly float?: boolean;
  readonly extensible?: boolean;
  readonly rf64?: boolean;
  /** The size in the header, if other than the real one. */
  readonly dataSize?: number;
  readonly tag?: number;
  /** The size of a frame in the header, if other than the real one. */
  readonly frameBytes?: number;
  /** Telephone encodings (G.711), with 8 bits. */
  readonly law?: 'aLaw' | 'muLaw';
  /** Chunks in front of the format: name and size. */
  readonly before?: readonly (readonly [string, number])[];
}

/** The bytes of a WAV file with a sine in every channel. */
export function wave(options: WaveOptions = {}): Buffer {
  const { seconds = 1, hertz = 440, sampleRate = 16_000, channels = 1, bits = 16 } = options;
  const frames = Math.round(seconds * sampleRate);
  const width = bits / 8;
  const data = Buffer.alloc(frames * channels * width);
  for (let frame = 0; frame < frames; frame += 1) {
    const value = 0.5 * Math.sin((2 * Math.PI * hertz * frame) / sampleRate);
    for (let channel = 0; channel < channels; channel += 1) {
      writeSample(data, (frame * channels + channel) * width, value, options);
    }
  }
  const chunks = [
    ...(options.before ?? []).map(([id, size]) => chunk(id, Buffer.alloc(size, 1))),
    formatChunk(options, sampleRate, channels, width),
  ];
  if (options.rf64 === true) {
    const sizes = Buffer.alloc(28);
    sizes.writeBigUInt64LE(BigInt(data.length), 8);
    chunks.unshift(chunk('ds64', sizes));
  }
  const dataHeader = Buffer.alloc(8);
  dataHeader.write('data');
  const said = options.rf64 === true ? 0xffffffff : data.length;
  dataHeader.writeUInt32LE(options.dataSize ?? said, 4);
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks, dataHeader, data]);
  const head = Buffer.alloc(8);
  head.write(options.rf64 === true ? 'RF64' : 'RIFF');
  head.writeUInt32LE(options.rf64 === true ? 0xffffffff : body.length, 4);
  return Buffer.concat([head, body]);
}

function formatChunk(
  {
    bits = 16,
    validBits = bits,
    float = false,
    extensible = false,
    law,
    tag,
    frameBytes,
  }: WaveOptions,
  sampleRate: number,
  channels: number,
  width: number,
): Buffer {
  const kind = tag ?? (law === undefined ? (float ? 3 : 1) : { aLaw: 6, muLaw: 7 }[law]);
  const body = Buffer.alloc(extensible ? 40 : 16);
  body.writeUInt16LE(extensible ? 0xfffe : kind, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(sampleRate, 4);
  body.writeUInt32LE(sampleRate * channels * width, 8);
  body.writeUInt16LE(frameBytes ?? channels * width, 12);
  body.writeUInt16LE(bits, 14);
  if (extensible) {
    body.writeUInt16LE(22, 16);
    body.writeUInt16LE(validBits, 18);
    body.writeUInt16LE(kind, 24);
    body.write('000000001000800000aa00389b71', 26, 'hex');
  }
  return chunk('fmt ', body);
}

function chunk(id: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(id);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

function writeSample(data: Buffer, at: number, value: number, options: WaveOptions): void {
  const { bits = 16, float = false } = options;
  if (float) {
    if (bits === 64) data.writeDoubleLE(value, at);
    else data.writeFloatLE(value, at);
    return;
  }
  if (options.law !== undefined) data.writeUInt8(companded(value, options.law), at);
  else if (bits === 8) data.writeUInt8(Math.round(value * 127) + 128, at);
  else data.writeIntLE(Math.round(value * (2 ** (bits - 1) - 1)), at, bits / 8);
}

/** The code of G.711 for a sample: its sign, the segment its size lies in, and the step within. */
function companded(value: number, law: 'aLaw' | 'muLaw'): number {
  const size = Math.min(32_635, Math.abs(Math.round(value * 32_768)));
  const sign = value < 0 ? 0 : 0x80;
  if (law === 'muLaw') {
    const segment = Math.floor(Math.log2(size + 132)) - 7;
    const code = (segment << 4) | (((size + 132) >> (segment + 3)) & 15);
    return ~((sign ^ 0x80) | code) & 0xff;
  }
  const segment = size < 256 ? 0 : Math.floor(Math.log2(size)) - 7;
  const step = (size >> (segment === 0 ? 4 : segment + 3)) & 15;
  return (sign | (segment << 4) | step) ^ 0x55;
}
