import type { Segment } from '../transcript/segment';

/** The options of one transcription. */
export interface SpeechOptions {
  /** Two-letter code; absent: the model detects the language. */
  readonly language?: string;
  readonly translate?: boolean;
}

/** What a model recognised in one piece. */
export interface RecognisedPiece {
  readonly segments: readonly Segment[];
  readonly language?: string;
}

/** A loaded model inside the runtime's process. */
export interface Engine {
  /** "sherpa-onnx 1.13.8 (native)". */
  readonly description: string;
  /** Transcribes one piece of at most 30 s; `startMs` is where it begins in the audio. One call at a time. */
  transcribePiece(
    samples: Float32Array,
    startMs: number,
    options: SpeechOptions,
  ): Promise<RecognisedPiece>;
}
