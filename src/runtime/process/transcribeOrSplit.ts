import { Cancelled } from '../../common/asrError';
import { frameSamples, quietestFrame, type Piece } from '../audio/pieceCutter';
import { modelSampleRate } from '../audio/resampler';
import type { Segment } from '../transcript/segment';
import type { Engine, PieceCall, RecognisedPiece, SpeechOptions } from './engine';

/** The texts of one piece, and the speech in it for which the model gave no text. */
interface TranscribedPiece {
  readonly texts: readonly TranscribedPart[];
  readonly gaps: readonly Omit<Segment, 'text'>[];
}

/** The engine's result for a stretch of the audio. */
interface TranscribedPart {
  readonly recognised: RecognisedPiece;
  readonly startMs: number;
  readonly durationMs: number;
}

/** The level of a frame above which there may be speech, where no detector says so: -40 dB. */
const loudLevel = 0.01;
/** A voice detector's levels of speech begin here; no recording is as loud. */
const detectedLevel = 1;
/** Less than this many frames of speech, a second, are no reason to transcribe a piece again. */
const leastFrames = Math.ceil(modelSampleRate / frameSamples);
/** Between words speech is quieter by more than this; noise and hum are not. */
const leastModulation = 4;
/** A piece of 29 s is transcribed again in pieces of about 14 s, those in pieces of about 7 s. */
const mostCuts = 2;

/**
 * Transcribes a piece. A model may give nothing for a piece full of speech and text for every part of it
 * (docs/model-formats.md section 5): such a piece is cut at its quietest place and its parts are transcribed again.
 */
export async function transcribeOrSplit(
  engine: Engine,
  piece: Piece,
  options: SpeechOptions,
  call: PieceCall,
  cuts = 0,
): Promise<TranscribedPiece> {
  const { samples, startMs, levels } = piece;
  const recognised = await engine.transcribePiece(samples, options, call);
  if (call.signal.aborted) throw new Cancelled();
  // Rounded down, so that no subtitle ends after the audio.
  const durationMs = Math.floor((samples.length * 1000) / modelSampleRate);
  if (recognised.text.trim() !== '' || !hasSpeech(levels)) {
    return { texts: [{ recognised, startMs, durationMs }], gaps: [] };
  }
  if (cuts === mostCuts || levels.length < 4 * leastFrames) {
    return { texts: [], gaps: [{ startMs, endMs: startMs + durationMs }] };
  }
  const [before, after] = halves(piece);
  const first = await transcribeOrSplit(engine, before, options, call, cuts + 1);
  const second = await transcribeOrSplit(engine, after, options, call, cuts + 1);
  return { texts: [...first.texts, ...second.texts], gaps: [...first.gaps, ...second.gaps] };
}

/** Whether the levels of a piece are those of speech: loud for a second or more, and with pauses between words. */
export function hasSpeech(levels: readonly number[]): boolean {
  if (levels.filter((level) => level >= detectedLevel).length >= leastFrames) return true;
  if (levels.filter((level) => level >= loudLevel).length < leastFrames) return false;
  const sorted = [...levels].sort((a, b) => a - b);
  const share = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  return share(0.9) > leastModulation * share(0.1);
}

/** Cuts a piece at the quietest place of its middle quarter. */
function halves({ samples, startMs, levels }: Piece): readonly [Piece, Piece] {
  const count = levels.length;
  const frame = quietestFrame(levels, Math.floor((count * 3) / 8), Math.floor((count * 5) / 8));
  const at = frame * frameSamples;
  const cutMs = startMs + Math.round((at * 1000) / modelSampleRate);
  return [
    { startMs, samples: samples.slice(0, at), levels: levels.slice(0, frame) },
    { startMs: cutMs, samples: samples.slice(at), levels: levels.slice(frame) },
  ];
}
