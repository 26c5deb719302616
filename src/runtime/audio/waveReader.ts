import { open, type FileHandle } from 'node:fs/promises';
import { readAt } from '../readAt';
import {
  chunkHeader,
  dataSizeFromDs64,
  monoSamples,
  waveContainer,
  waveFormat,
  type WaveFormat,
  type WaveProblem,
} from './waveHeader';

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

/** Chunks that matter are small; one that claims more is skipped unread. */
const largestHeaderChunkBytes = 65_536;
/** What a writer that didn't know the length leaves in the size field. */
const unknownSize = 0xffffffff;

/** Opens a WAV file. Answers a {@link WaveProblem} for what isn't one; rejects as the file system does. */
export async function openWave(path: string): Promise<WaveFile | WaveProblem> {
  const file = await open(path, 'r');
  const wave = await readHeader(file).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  if (typeof wave === 'string') await file.close();
  return wave;
}

async function readHeader(file: FileHandle): Promise<WaveFile | WaveProblem> {
  const { size } = await file.stat();
  if (waveContainer(await readAt(file, 0, 12)) === undefined) return 'notWave';
  let position = 12;
  let format: WaveFormat | undefined;
  let longSize: number | undefined;
  for (;;) {
    const chunk = chunkHeader(await readAt(file, position, 8));
    if (chunk === undefined) return format === undefined ? 'noFormat' : 'noData';
    const start = position + 8;
    if (chunk.id === 'data') {
      if (format === undefined) return 'noFormat';
      return waveFile(file, format, start, dataBytes(chunk.sizeBytes, longSize, size - start));
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

/** A size of zero or all ones means "until the end": the writer streamed and never came back to fill it in. */
function dataBytes(said: number, longSize: number | undefined, remaining: number): DataExtent {
  const wanted = said === unknownSize ? longSize : said;
  if (wanted === undefined || wanted === 0) return { sizeBytes: remaining, truncated: false };
  return { sizeBytes: Math.min(wanted, remaining), truncated: wanted > remaining };
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
