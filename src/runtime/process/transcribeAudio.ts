import path from 'node:path';
import { Cancelled } from '../../common/asrError';
import { type LocalizedMessage, localized } from '../../common/localizedMessage';
import { defined } from '../../protocol/defined';
import { openAudio, type AudioSource } from '../audio/audioSource';
import { PieceCutter, type Loudness, type Piece } from '../audio/pieceCutter';
import { modelSampleRate } from '../audio/resampler';
import { isUnspacedStart } from '../transcript/breaks';
import { cuesOf } from '../transcript/cues';
import type { Segment, Transcription } from '../transcript/segment';
import type { Engine } from './engine';
import type { TranscribeOrder, TranscribeProgress } from './messages';

/**
 * Reads the audio, cuts it into pieces, transcribes one after the other and reports the segments of each. Rejects with
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
  let text = '';
  let language: string | undefined;
  let samplesRead = 0;

  const transcribePieces = async (pieces: readonly Piece[]): Promise<void> => {
    for (const piece of pieces) {
      const recognised = await engine.transcribePiece(piece.samples, order.options);
      if (signal.aborted) throw new Cancelled();
      // Rounded down, so that no subtitle ends after the audio.
      const pieceMs = Math.floor((piece.samples.length * 1000) / modelSampleRate);
      const cues = cuesOf(recognised, piece.startMs, pieceMs, order.cueLimits);
      segments.push(...cues);
      text = withNext(text, recognised.text);
      language ??= recognised.language;
      onProgress({
        segments: cues,
        transcribedMs: piece.startMs + milliseconds(piece.samples.length),
        ...defined({ totalMs: source.durationMs }),
      });
    }
  };

  for await (const block of source.blocks) {
    if (signal.aborted) throw new Cancelled();
    samplesRead += block.length;
    await transcribePieces(cutter.push(block));
    // Reading from memory never waits; a cancel message needs a turn of the event loop to arrive.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await transcribePieces(cutter.finish());

  return {
    text,
    segments,
    ...defined({ language }),
    audioMs: milliseconds(samplesRead),
    elapsedMs: Math.round(performance.now() - startedMs),
    truncated: source.truncated,
    warnings: source.truncated ? [endsEarly(order.audio)] : [],
  };
}

function endsEarly(audio: TranscribeOrder['audio']): LocalizedMessage {
  const name = 'path' in audio ? path.basename(audio.path) : '';
  return localized('{0} ends before its header says. What was there is transcribed.', name);
}

/** The text of a piece behind that of those before it; a space between them, where the script has spaces. */
function withNext(text: string, next: string): string {
  const added = next.trim();
  if (text === '' || added === '') return text + added;
  return text + (isUnspacedStart(added) ? '' : ' ') + added;
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
