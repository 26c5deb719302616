import path from 'node:path';
import { AsrError } from '../../common/asrError';
import { type LocalizedMessage, localized } from '../../common/localizedMessage';
import { readWithFfmpeg } from './ffmpeg';
import { modelSampleRate, Resampler } from './resampler';
import { openWave, type WaveFile, type WaveProblem } from './waveFile';

/** An open audio file as a stream of samples. */
export interface AudioSource {
  /** Absent while the length is unknown: ffmpeg says it a moment after it was started, and not of every format. */
  readonly durationMs?: number | undefined;
  /** The file ends before it says; known when all blocks were read. */
  readonly truncated: boolean;
  /** 16 kHz mono samples in blocks of about a second. */
  readonly blocks: AsyncIterable<Float32Array>;
}

/** Inputs that ffmpeg reads no better: nothing, or noise. */
const hopeless: ReadonlySet<WaveProblem> = new Set(['noData', 'empty', 'ambiguous']);

/** How to read what is no WAV file. */
interface OpenAudioOptions {
  /** Absent: WAV only. */
  readonly ffmpegPath?: string | undefined;
  /** The audio track, counted from 0; absent: the one that the file calls its default. */
  readonly track?: number | undefined;
}

/**
 * Opens an audio file: WAV with {@link openWave}, everything else through ffmpeg when its path is given. Rejects with
 * `unsupported` or `notFound` and a message that says what would help. `signal` ends ffmpeg.
 */
export async function openAudio(
  audioPath: string,
  { ffmpegPath, track }: OpenAudioOptions,
  signal: AbortSignal,
): Promise<AudioSource> {
  const name = path.basename(audioPath);
  const wave = await openWave(audioPath).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  if (typeof wave !== 'string') return waveSource(wave);
  if (ffmpegPath !== undefined && !hopeless.has(wave)) {
    return readWithFfmpeg(ffmpegPath, audioPath, track, signal);
  }
  throw new AsrError('unsupported', waveMessage(wave, name));
}

function waveSource(wave: WaveFile): AudioSource {
  return {
    durationMs: Math.round((wave.frames * 1000) / wave.format.sampleRate),
    truncated: wave.truncated,
    blocks: resampled(wave),
  };
}

async function* resampled(wave: WaveFile): AsyncGenerator<Float32Array, void, undefined> {
  const resampler = new Resampler(wave.format.sampleRate, modelSampleRate);
  for await (const block of wave.blocks()) yield resampler.push(block);
  yield resampler.finish();
}

function unreadable(name: string, error: unknown): AsrError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') {
    return new AsrError('notFound', localized('The audio file {0} does not exist.', name), {
      cause: error,
    });
  }
  return new AsrError(
    'unsupported',
    localized('The audio file {0} can’t be read. Check that it is a file you may open.', name),
    { cause: error },
  );
}

function waveMessage(problem: WaveProblem, name: string): LocalizedMessage {
  switch (problem) {
    case 'notWave':
      return localized(
        '{0} is not a WAV file. Install ffmpeg to transcribe other formats, or convert the file to WAV.',
        name,
      );
    case 'compressed':
      return localized(
        '{0} is a compressed WAV file. Install ffmpeg to transcribe it, or convert it to plain PCM.',
        name,
      );
    case 'empty':
    case 'noData':
      return localized('{0} contains no audio. Record or export it again.', name);
    case 'noFormat':
    case 'implausible':
    case 'ambiguous':
      return localized('{0} is a damaged WAV file. Record or export it again.', name);
  }
}
