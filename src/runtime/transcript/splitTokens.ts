import type { Segment } from './segment';

/** What an engine recognised in one piece of audio. */
export interface TimedText {
  readonly text: string;
  /** Tokens with the time of each in seconds from the piece's start; empty when the model reports no times. */
  readonly tokens: readonly string[];
  readonly timesSeconds: readonly number[];
}

/** A pause that ends a segment, and the length after which the next word does. */
const pauseSeconds = 1;
const longestSeconds = 8;
const lastTokenSeconds = 0.3;

/**
 * Splits a piece's words into segments of a subtitle's length: at the end of a sentence, at a pause, and at the next
 * word once a segment gets long. Without times the piece is one segment.
 */
export function splitTokens(result: TimedText, startMs: number, durationMs: number): Segment[] {
  const text = result.text.trim();
  if (text === '') return [];
  const { tokens, timesSeconds } = result;
  const isTimed = tokens.length > 0 && tokens.length === timesSeconds.length;
  if (!isTimed || withoutSpaces(tokens.join('')) !== withoutSpaces(text)) {
    return [{ startMs, endMs: startMs + durationMs, text }];
  }

  const segments: Segment[] = [];
  let words = '';
  let firstSeconds = 0;
  let lastSeconds = 0;
  const flush = (): void => {
    if (words.trim() === '') return;
    const from = Math.min(durationMs, Math.round(firstSeconds * 1000));
    const to = Math.min(durationMs, Math.round((lastSeconds + lastTokenSeconds) * 1000));
    segments.push({ startMs: startMs + from, endMs: startMs + to, text: words.trim() });
    words = '';
  };
  tokens.forEach((token, index) => {
    const time = timesSeconds[index] ?? lastSeconds;
    const startsWord = token.startsWith(' ') || words === '';
    const endsSentence = /[.?!。？！]\s*$/.test(words);
    const isLong = time - firstSeconds > longestSeconds;
    if (startsWord && (endsSentence || isLong || time - lastSeconds > pauseSeconds)) flush();
    if (words === '') firstSeconds = time;
    words += token;
    lastSeconds = time;
  });
  flush();
  return segments;
}

function withoutSpaces(text: string): string {
  return text.replace(/\s+/g, '');
}
