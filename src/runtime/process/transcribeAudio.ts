import { Cancelled } from '../../common/asrError';
import { defined } from '../../protocol/defined';
import { openAudio, type AudioSource } from '../audio/audioSource';
import { PieceCutter, type Loudness, type Piece } from '../audio/pieceCutter';
import { modelSampleRate } from '../audio/resampler';
import type { Segment, Transcription } from '../transcript/segment';
import type { Engine } from './engine';
import type { TranscribeOrder, TranscribeProgress } from './messages';

/**
 * Reads the audio, cuts it into pieces, lets the engine hear one after the other and tells what it heard. Ends with
 * {@link Cancelled} after the piece during which `signal` aborted. Holds one piece in memory.
 */
export async function transcribeAudio(
  engine: Engine,
  order: TranscribeOrder,
  loudness: Loudness,
  onProgress: (progress: TranscribeProgress) => void,
  signal: AbortSignal,
): Promise<Transcription> {
  const startedMs = performance.now();
  const source = await sourceOf(order, signal);
  const cutter = new PieceCutter(loudness);
  const segments: Segment[] = [];
  let language: string | undefined;
  let samplesRead = 0;

  const transcribePiece = async (pieces: readonly Piece[]): Promise<void> => {
    for (const piece of pieces) {
      const heard = await engine.transcribePiece(piece.samples, piece.startMs, order.options);
      if (signal.aborted) throw new Cancelled();
      segments.push(...heard.segments);
      language ??= heard.language;
      const heardMs = piece.startMs + milliseconds(piece.samples.length);
      onProgress({
        segments: heard.segments,
        heardMs,
        ...defined({ totalMs: source.durationMs }),
      });
    }
  };

  for await (const block of source.blocks) {
    if (signal.aborted) throw new Cancelled();
    samplesRead += block.length;
    await transcribePiece(cutter.push(block));
    // Reading from memory never waits: let a cancel message in.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await transcribePiece(cutter.finish());

  return {
    segments,
    ...defined({ language }),
    audioMs: milliseconds(samplesRead),
    elapsedMs: Math.round(performance.now() - startedMs),
    truncated: source.truncated,
  };
}

async function sourceOf(
  { audio, ffmpegPath }: TranscribeOrder,
  signal: AbortSignal,
): Promise<AudioSource> {
  if ('path' in audio) return openAudio(audio.path, ffmpegPath, signal);
  const { samples } = audio;
  return {
    durationMs: milliseconds(samples.length),
    truncated: false,
    blocks: (async function* blocks() {
      for (let at = 0; at < samples.length; at += modelSampleRate) {
        yield samples.subarray(at, at + modelSampleRate);
        await Promise.resolve();
      }
    })(),
  };
}

function milliseconds(samples: number): number {
  return Math.round((samples * 1000) / modelSampleRate);
}
