import type { ModelAbilities } from '../format/abilities';
import type { PieceText } from '../transcript/cues';

/** The options of one transcription: plain values, the same for every engine; one that has no use for a value ignores it. */
export interface SpeechOptions {
  /** The spoken language as a two-letter code; absent: the model detects it. */
  readonly language?: string;
  /** Absent: `transcribe`. `translate`: the text in English. */
  readonly task?: 'transcribe' | 'translate';
  /** Names and words that are likely to be said, or a sentence in the style that is wanted. */
  readonly prompt?: string;
  /** The audio track of a file with several, counted from 0; absent: the one that the file calls its default. */
  readonly track?: number;
}

/** The device that computes: `auto` takes a graphics card where an engine can use one. */
export type Device = 'auto' | 'cpu' | 'gpu';

/** The result of a model for one piece. */
export interface RecognisedPiece extends PieceText {
  readonly language?: string;
}

/** The context of the work on a piece. */
export interface PieceCall {
  /** Aborts what the engine can interrupt; it then rejects with Cancelled. */
  readonly signal: AbortSignal;
  /** Takes the piece's text so far, from a model that recognises while it listens. */
  readonly onText: (text: string) => void;
}

/** A loaded model inside the runtime's process. */
export interface Engine {
  /** "sherpa-onnx 1.13.8 (native)". */
  readonly description: string;
  /** The abilities that the loaded model states, beyond those in its files. */
  readonly abilities?: Partial<ModelAbilities>;
  /** Whether a graphics card computes. */
  readonly onGpu: boolean;
  /** The longest piece that the model takes, when it is shorter than what every model takes. */
  readonly longestPieceMs?: number;
  /** Transcribes one piece of at most 30 s. One call at a time. */
  transcribePiece(
    samples: Float32Array,
    options: SpeechOptions,
    call: PieceCall,
  ): Promise<RecognisedPiece>;
}
