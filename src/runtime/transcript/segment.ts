/** A stretch of speech and its words. */
export interface Segment {
  /** From the start of the audio, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** What came out of an audio file. */
export interface Transcription {
  readonly segments: readonly Segment[];
  /** The code of the language, where the model tells it. */
  readonly language?: string;
  /** Length of the audio. */
  readonly audioMs: number;
  /** How long the transcription took. */
  readonly elapsedMs: number;
  /** True when the file ended before its header said it would; what was there is transcribed. */
  readonly truncated: boolean;
}
