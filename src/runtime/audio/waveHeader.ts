import { compandedSamples, type Companding } from './companded';

/** How a WAV file's samples are stored, and where. */
export interface WaveFormat {
  readonly encoding: 'int' | 'float' | Companding;
  readonly bitsPerSample: number;
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one frame: one sample of every channel. */
  readonly frameBytes: number;
}

/** Why a WAV file can't be read. */
export type WaveProblem = 'notWave' | 'noFormat' | 'noData' | 'compressed' | 'implausible';

/** A chunk's name and the bytes it says it has. */
export interface ChunkHeader {
  readonly id: string;
  readonly sizeBytes: number;
}

const formatInt = 1;
const formatFloat = 3;
const formatALaw = 6;
const formatMuLaw = 7;
const formatExtensible = 0xfffe;

/** The encodings that are read here, and the widths of each in bits. */
const encodings: ReadonlyMap<number, readonly [WaveFormat['encoding'], readonly number[]]> =
  new Map([
    [formatInt, ['int', [8, 16, 24, 32]]],
    [formatFloat, ['float', [32, 64]]],
    [formatALaw, ['aLaw', [8]]],
    [formatMuLaw, ['muLaw', [8]]],
  ]);

/** Whether the first 12 bytes are those of a WAV file: RIFF, or its 64-bit sisters RF64 and BW64. */
export function waveContainer(head: Uint8Array): 'RIFF' | 'RF64' | undefined {
  const id = ascii(head, 0);
  if (head.length < 12 || ascii(head, 8) !== 'WAVE') return undefined;
  if (id === 'RIFF') return 'RIFF';
  return id === 'RF64' || id === 'BW64' ? 'RF64' : undefined;
}

/** Reads the 8 bytes in front of a chunk; undefined at the end of the file. */
export function chunkHeader(bytes: Uint8Array): ChunkHeader | undefined {
  if (bytes.length < 8) return undefined;
  return { id: ascii(bytes, 0), sizeBytes: view(bytes).getUint32(4, true) };
}

/** The size of the data chunk from a `ds64` chunk (EBU Tech 3306), whose 32-bit field is then all ones. */
export function dataSizeFromDs64(body: Uint8Array): number | undefined {
  return body.length < 16 ? undefined : Number(view(body).getBigUint64(8, true));
}

/** Reads a `fmt ` chunk's body. */
export function waveFormat(body: Uint8Array): WaveFormat | WaveProblem {
  if (body.length < 16) return 'noFormat';
  const data = view(body);
  let tag = data.getUint16(0, true);
  const channels = data.getUint16(2, true);
  const sampleRate = data.getUint32(4, true);
  const frameBytes = data.getUint16(12, true);
  const bits = data.getUint16(14, true);
  if (tag === formatExtensible) {
    if (body.length < 40) return 'noFormat';
    tag = data.getUint16(24, true);
  }
  const known = encodings.get(tag);
  if (known === undefined) return 'compressed';
  const [encoding, widths] = known;
  // Odd widths such as 20 bits sit in the next whole container; the frame tells which.
  const bitsPerSample = channels > 0 ? (frameBytes / channels) * 8 : bits;
  const plausible =
    channels >= 1 &&
    channels <= 64 &&
    sampleRate >= 1000 &&
    sampleRate <= 768_000 &&
    bits <= bitsPerSample &&
    widths.includes(bitsPerSample);
  return plausible ? { encoding, bitsPerSample, channels, sampleRate, frameBytes } : 'implausible';
}

/** Turns whole frames of bytes into mono samples between -1 and 1: the mean of the channels. */
export function monoSamples(bytes: Uint8Array, format: WaveFormat): Float32Array {
  const frames = Math.floor(bytes.length / format.frameBytes);
  const samples = new Float32Array(frames);
  const data = view(bytes);
  const read = sampleReader(data, format);
  const sampleBytes = format.bitsPerSample / 8;
  for (let frame = 0; frame < frames; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < format.channels; channel += 1) {
      sum += read(frame * format.frameBytes + channel * sampleBytes);
    }
    const mean = sum / format.channels;
    samples[frame] = Number.isFinite(mean) ? mean : 0;
  }
  return samples;
}

function sampleReader(
  data: DataView,
  { encoding, bitsPerSample }: WaveFormat,
): (at: number) => number {
  if (encoding === 'float') {
    return bitsPerSample === 64
      ? (at) => data.getFloat64(at, true)
      : (at) => data.getFloat32(at, true);
  }
  if (encoding !== 'int') {
    const samples = compandedSamples(encoding);
    return (at) => samples[data.getUint8(at)] ?? 0;
  }
  switch (bitsPerSample) {
    case 8:
      return (at) => (data.getUint8(at) - 128) / 128;
    case 16:
      return (at) => data.getInt16(at, true) / 32_768;
    case 24:
      return (at) => (data.getUint16(at, true) + data.getInt8(at + 2) * 65_536) / 8_388_608;
    default:
      return (at) => data.getInt32(at, true) / 2_147_483_648;
  }
}

function ascii(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
