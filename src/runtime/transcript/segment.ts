/** A stretch of speech and its text. */
export interface Segment {
  /** From the start of the audio, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** The transcription of an audio file. */
export interface Transcription {
  readonly segments: readonly Segment[];
  /** The code of the language, where the model reports it. */
  readonly language?: string;
  /** Length of the audio. */
  readonly audioMs: number;
  /** How long the transcription took. */
  readonly elapsedMs: number;
  /** The file is shorter than its header says; the part that exists is transcribed. */
  readonly truncated: boolean;
}
