import type { LocalizedMessage } from '../../common/localizedMessage';

/** A stretch of speech and its text: a subtitle of its own. */
export interface Segment {
  /** From the start of the audio, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** The longest subtitle. */
export interface CueLimits {
  readonly maxMs: number;
  /** On two lines; a wide character (Chinese, Japanese, Korean) counts as two. */
  readonly maxCharacters: number;
}

/** Seven seconds and two lines of 42 characters, which most guides for subtitles name. */
export const defaultCueLimits: CueLimits = { maxMs: 7000, maxCharacters: 84 };

/** The transcription of an audio file. */
export interface Transcription {
  /** The engine's own text, its spaces included. */
  readonly text: string;
  /** The same text in subtitles: in order, without overlap, within the audio. */
  readonly segments: readonly Segment[];
  /**
   * Stretches of speech for which the model gave no text, also when they were transcribed again in shorter pieces. Each
   * has a segment with {@link gapText} unless there is no text at all.
   */
  readonly gaps: readonly Omit<Segment, 'text'>[];
  /** The code of the language, where the model reports it. */
  readonly language?: string;
  /** Length of the audio. */
  readonly audioMs: number;
  /** How long the transcription took. */
  readonly elapsedMs: number;
  /** The file ends before it says; the part that exists is transcribed. */
  readonly truncated: boolean;
  /** Warnings for a person before they trust the text. */
  readonly warnings: readonly LocalizedMessage[];
}

/** The mark in a transcript in place of speech for which the model gave no text. */
export const gapText = '[…]';
