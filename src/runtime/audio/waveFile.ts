import type { FileHandle } from 'node:fs/promises';
import { openWhenFree } from '../../common/fileInUse';
import { readAt } from '../../common/readAt';

/** How telephone recordings store a sample in 8 bits (ITU-T G.711). */
type Companding = 'aLaw' | 'muLaw';

/** How a WAV file's samples are stored, and where. */
interface WaveFormat {
  readonly encoding: 'int' | 'float' | Companding;
  readonly bitsPerSample: number;
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one frame: one sample of every channel. */
  readonly frameBytes: number;
}

/** Why a WAV file can't be read. */
export type WaveProblem =
  'empty' | 'notWave' | 'noFormat' | 'noData' | 'compressed' | 'implausible' | 'ambiguous';

/** A chunk's name and the bytes it says it has. */
interface ChunkHeader {
  readonly id: string;
  readonly sizeBytes: number;
}

/** An open WAV file: what its header says, and its samples in blocks. */
export interface WaveFile {
  readonly format: WaveFormat;
  readonly frames: number;
  /** The file ends before its header says it does. */
  readonly truncated: boolean;
  /** Mono samples at the file's own rate, about a second at a time; closes the file at its end. */
  blocks(): AsyncGenerator<Float32Array, void, undefined>;
  close(): Promise<void>;
}

/** The chunks of the header are small; one that claims to be larger is skipped unread. */
const largestHeaderChunkBytes = 65_536;
/**
 * Sizes of writers that stream and do not know the length: all ones, or the largest signed number, each less a header
 * or a buffer (espeak-ng and sox write 0x7ffff000, arecord 0x80000000).
 */
const unknownSizes = [
  [0x7fffe000, 0x80001000],
  [0xffffe000, 0xffffffff],
] as const;
/** Where the 32 bits of a size begin again. */
const sizeWrap = 2 ** 32;
/** Chunks behind the samples (tags, markers) are smaller, and where the size itself is in doubt, much smaller. */
const largestTailBytes = 16_000_000;
const doubtfulTailBytes = 65_536;

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

const fullScale = 32_768;
/** The bias that makes the segments of µ-law powers of two. */
const muLawBias = 0x84;

/** Opens a WAV file. Answers a {@link WaveProblem} for what isn't one; rejects as the file system does. */
export async function openWave(path: string): Promise<WaveFile | WaveProblem> {
  const file = await openWhenFree(path);
  const wave = await readHeader(file).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  if (typeof wave === 'string') await file.close();
  return wave;
}

async function readHeader(file: FileHandle): Promise<WaveFile | WaveProblem> {
  const { size } = await file.stat();
  if (size === 0) return 'empty';
  const container = waveContainer(await readAt(file, 0, 12));
  if (container === undefined) return 'notWave';
  let position = 12;
  let format: WaveFormat | undefined;
  let longSize: number | undefined;
  for (;;) {
    const chunk = chunkHeader(await readAt(file, position, 8));
    if (chunk === undefined) return format === undefined ? 'noFormat' : 'noData';
    const start = position + 8;
    if (chunk.id === 'data') {
      if (format === undefined) return 'noFormat';
      const said = container === 'RF64' && longSize !== undefined ? longSize : chunk.sizeBytes;
      return waveFile(file, format, start, dataBytes(said, size - start, start));
    }
    if (chunk.sizeBytes <= largestHeaderChunkBytes) {
      const body = await readAt(file, start, chunk.sizeBytes);
      if (chunk.id === 'ds64') longSize = dataSizeFromDs64(body);
      if (chunk.id === 'fmt ') {
        const found = waveFormat(body);
        if (typeof found === 'string') return found;
        format = found;
      }
    }
    position = start + chunk.sizeBytes + (chunk.sizeBytes % 2);
  }
}

interface DataExtent {
  readonly sizeBytes: number;
  readonly truncated: boolean;
}

/**
 * How many of the bytes that remain are samples. A size of zero, or one that a writer puts there while it streams, means
 * "until the end". In a file of more than 4 GiB the size has lost its upper bits: the largest that fits is meant. A
 * size that counts the header too is not a sign of missing samples.
 */
function dataBytes(said: number, remaining: number, headerBytes: number): DataExtent {
  const isUnknown =
    said === 0 ||
    said > Number.MAX_SAFE_INTEGER ||
    (unknownSizes.some(([from, to]) => said >= from && said <= to) &&
      (said > remaining || remaining - said > doubtfulTailBytes));
  if (isUnknown) return { sizeBytes: remaining, truncated: false };
  const wraps = said < sizeWrap ? Math.floor(Math.max(0, remaining - said) / sizeWrap) : 0;
  const wanted = said + wraps * sizeWrap;
  const isTail = remaining - wanted <= largestTailBytes;
  if (remaining >= sizeWrap && !isTail && said < sizeWrap) {
    return { sizeBytes: remaining, truncated: false };
  }
  return {
    sizeBytes: Math.min(wanted, remaining),
    truncated: wanted - remaining > headerBytes,
  };
}

function waveFile(
  file: FileHandle,
  format: WaveFormat,
  start: number,
  { sizeBytes, truncated }: DataExtent,
): WaveFile {
  const frames = Math.floor(sizeBytes / format.frameBytes);
  const close = (): Promise<void> => file.close();
  return {
    format,
    frames,
    truncated,
    close,
    async *blocks() {
      try {
        const blockFrames = format.sampleRate;
        for (let frame = 0; frame < frames; frame += blockFrames) {
          const count = Math.min(blockFrames, frames - frame);
          const bytes = await readAt(
            file,
            start + frame * format.frameBytes,
            count * format.frameBytes,
          );
          if (bytes.length === 0) return;
          yield monoSamples(bytes, format);
        }
      } finally {
        await close();
      }
    },
  };
}

/** Whether the first 12 bytes are those of a WAV file: RIFF, or its 64-bit variants RF64 and BW64. */
function waveContainer(head: Uint8Array): 'RIFF' | 'RF64' | undefined {
  const id = ascii(head, 0);
  if (head.length < 12 || ascii(head, 8) !== 'WAVE') return undefined;
  if (id === 'RIFF') return 'RIFF';
  return id === 'RF64' || id === 'BW64' ? 'RF64' : undefined;
}

/** Reads the 8 bytes in front of a chunk; undefined at the end of the file. */
function chunkHeader(bytes: Uint8Array): ChunkHeader | undefined {
  if (bytes.length < 8) return undefined;
  return { id: ascii(bytes, 0), sizeBytes: view(bytes).getUint32(4, true) };
}

/** The size of the data chunk from a `ds64` chunk (EBU Tech 3306), which counts in place of the 32-bit field. */
function dataSizeFromDs64(body: Uint8Array): number | undefined {
  return body.length < 16 ? undefined : Number(view(body).getBigUint64(8, true));
}

/** Reads a `fmt ` chunk's body. */
function waveFormat(body: Uint8Array): WaveFormat | WaveProblem {
  if (body.length < 16) return 'noFormat';
  const data = view(body);
  let tag = data.getUint16(0, true);
  const channels = data.getUint16(2, true);
  const sampleRate = data.getUint32(4, true);
  const bits = data.getUint16(14, true);
  if (tag === formatExtensible) {
    if (body.length < 40) return 'noFormat';
    tag = data.getUint16(24, true);
  }
  const known = encodings.get(tag);
  if (known === undefined) return 'compressed';
  const [encoding, widths] = known;
  // A width such as 20 bits is stored in the next whole number of bytes. The header also has the size of a frame, which
  // some writers get wrong; ffmpeg and sox go by the bits and the channels too.
  const bitsPerSample = Math.ceil(bits / 8) * 8;
  const frameBytes = (bitsPerSample / 8) * channels;
  // 24 bits in four bytes may be whole numbers, numbers of another kind, or three bytes under a wrong header.
  if (bits === 24 && data.getUint16(12, true) === channels * 4) return 'ambiguous';
  const plausible =
    channels >= 1 &&
    channels <= 64 &&
    sampleRate >= 1000 &&
    sampleRate <= 768_000 &&
    widths.includes(bitsPerSample);
  return plausible ? { encoding, bitsPerSample, channels, sampleRate, frameBytes } : 'implausible';
}

/** Turns whole frames of bytes into mono samples between -1 and 1: the mean of the channels. */
function monoSamples(bytes: Uint8Array, format: WaveFormat): Float32Array {
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

/** Each of the 256 codes as a sample between -1 and 1. */
export function compandedSamples(law: Companding): Float32Array {
  const decode = law === 'aLaw' ? aLawValue : muLawValue;
  return Float32Array.from({ length: 256 }, (_, code) => decode(code) / fullScale);
}

/** Sent with every bit inverted; a set sign bit then means negative. */
function muLawValue(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + muLawBias) << ((bits >> 4) & 7)) - muLawBias;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}

/** Sent with every other bit inverted; a set sign bit then means positive. The first two segments are linear. */
function aLawValue(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const steps = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? steps : (steps + 0x100) << (segment - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}
