import path from 'node:path';
import { Cancelled } from '../../common/asrError';
import { type LocalizedMessage, localized } from '../../common/localizedMessage';
import { defined } from '../../protocol/defined';
import { openAudio, type AudioSource } from '../audio/audioSource';
import { cutFor, PieceCutter, type Loudness, type Piece } from '../audio/pieceCutter';
import { modelSampleRate } from '../audio/resampler';
import { isUnspacedStart } from '../transcript/breaks';
import { cuesOf } from '../transcript/cues';
import { withoutMarks } from '../transcript/notSpeech';
import { gapText, type Segment, type Transcription } from '../transcript/segment';
import type { Engine } from './engine';
import { transcribeOrSplit } from './transcribeOrSplit';
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
  const cutter = new PieceCutter(loudness, cutFor(engine.longestPieceMs));
  const segments: Segment[] = [];
  let text = '';
  const gaps: Omit<Segment, 'text'>[] = [];
  let language: string | undefined;
  let samplesRead = 0;

  const transcribePieces = async (pieces: readonly Piece[]): Promise<void> => {
    for (const piece of pieces) {
      const { startMs } = piece;
      const total = defined({ totalMs: source.durationMs });
      const onText = (partialText: string): void =>
        onProgress({ segments: [], partialText, transcribedMs: startMs, ...total });
      const transcribed = await transcribeOrSplit(engine, piece, order.options, { signal, onText });
      const texts = transcribed.texts.map((part) => ({
        ...part,
        spoken: withoutMarks(part.recognised),
      }));
      const cues = texts.flatMap((part) =>
        cuesOf(part.spoken, part.startMs, part.durationMs, order.cueLimits),
      );
      segments.push(...cues);
      gaps.push(...transcribed.gaps);
      for (const { recognised, spoken } of texts) {
        text = withNext(text, spoken.text);
        language ??= recognised.language;
      }
      const transcribedMs = startMs + milliseconds(piece.samples.length);
      onProgress({ segments: cues, transcribedMs, ...total });
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
    segments: segments.length === 0 ? [] : withGaps(segments, gaps),
    gaps,
    ...defined({ language }),
    audioMs: milliseconds(samplesRead),
    elapsedMs: Math.round(performance.now() - startedMs),
    truncated: source.truncated,
    warnings: [
      ...(source.truncated ? [endsEarly(order.audio)] : []),
      ...(segments.length === 0 || gaps.length === 0 ? [] : [gapWarning(gaps)]),
    ],
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
  { audio, ffmpegPath, options }: TranscribeOrder,
  signal: AbortSignal,
): Promise<AudioSource> {
  if ('path' in audio) {
    return openAudio(audio.path, { ffmpegPath, track: options.track }, signal);
  }
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

function gapWarning(gaps: readonly Omit<Segment, 'text'>[]): LocalizedMessage {
  const gapMs = gaps.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  return localized(
    'The model gave no text for {0} s of speech. The places are marked with […]; try another model.',
    Math.round(gapMs / 1000),
  );
}

/** Marks each stretch without text, in the order of time. */
function withGaps(
  segments: readonly Segment[],
  gaps: readonly Omit<Segment, 'text'>[],
): readonly Segment[] {
  if (gaps.length === 0) return segments;
  const marks = gaps.map((gap) => ({ ...gap, text: gapText }));
  return [...segments, ...marks].sort((a, b) => a.startMs - b.startMs);
}

function milliseconds(samples: number): number {
  return Math.round((samples * 1000) / modelSampleRate);
}
