import { sentenceEnds, widthOf, wordsOf, onOneLine } from './breaks';
import { partTimes, type TimedPart } from './partTimes';
import { defaultCueLimits, type CueLimits, type Segment } from './segment';

/** The result of an engine for one piece of audio. */
export interface PieceText {
  /** The engine's own text, its spaces included. */
  readonly text: string;
  /** The text in parts with their times, in order; empty when the model reports no times. */
  readonly parts: readonly TimedPart[];
}

/** A silence that ends a subtitle. */
export const pauseMs = 700;
/** A shorter subtitle can't be read; it stays for longer where nothing follows at once. */
const shortestMs = 1000;
/** A sentence that is followed this soon by the next one shares its subtitle. */
const tooSoonMs = 500;
/** The fewest characters for which a text of unknown times is cut because of its length in time. */
const fewestUntimedWidth = 15;
/** After these a subtitle is cut rather than after another word. */
const endsClause = /[,;:،؛、，；：–—]\s*$/u;

/** A word with its times. */
interface TimedWord extends Segment {
  readonly endsSentence: boolean;
}

/**
 * Cuts the text of a piece into subtitles: at the ends of sentences, at pauses, and where one would be too long. They are
 * in order, do not overlap, lie within the piece, and have every character of the text once. `startMs`: where the piece
 * begins in the audio.
 */
export function cuesOf(
  { text, parts }: PieceText,
  startMs: number,
  durationMs: number,
  limits: CueLimits = defaultCueLimits,
): Segment[] {
  const line = onOneLine(text);
  if (line.trim() === '') return [];
  const { words, isTimed } = timedWords(line, parts, durationMs, limits);
  const cues: Segment[] = [];
  let sentence: TimedWord[] = [];
  words.forEach((word, index) => {
    sentence.push(word);
    const next = words[index + 1];
    const pauses = next !== undefined && isTimed && next.startMs - word.endMs >= pauseMs;
    const ends = word.endsSentence && !isTooSoon(sentence, next);
    if (next !== undefined && !ends && !pauses) return;
    cues.push(...cutToLength(sentence, isTimed, limits));
    sentence = [];
  });
  return inPiece(cues, durationMs, limits).map((cue) => ({
    startMs: startMs + cue.startMs,
    endMs: startMs + cue.endMs,
    text: cue.text.trim(),
  }));
}

function isTooSoon([first]: readonly TimedWord[], next: TimedWord | undefined): boolean {
  return first !== undefined && next !== undefined && next.startMs - first.startMs < tooSoonMs;
}

function timedWords(
  text: string,
  parts: readonly TimedPart[],
  durationMs: number,
  { maxCharacters }: CueLimits,
): { readonly words: readonly TimedWord[]; readonly isTimed: boolean } {
  const ends = sentenceEnds(text);
  const times = partTimes(text, parts, durationMs);
  let at = 0;
  let character = 0;
  const words = wordsOf(text, maxCharacters).map((word) => {
    at += word.length;
    const first = character;
    character += word.replace(/\s+/gu, '').length;
    return {
      text: word,
      startMs: times.startMs(first),
      endMs: times.endMs(character),
      endsSentence: ends.has(at),
    };
  });
  return { words, isTimed: times.isTimed };
}

/** Cuts a sentence into as few subtitles as the limits allow, of about the same length. */
function cutToLength(
  words: readonly TimedWord[],
  isTimed: boolean,
  limits: CueLimits,
): readonly Segment[] {
  const cues: Segment[] = [];
  let rest = words;
  for (;;) {
    const whole = joined(rest);
    const count = cuesNeeded(whole, isTimed, limits);
    if (count === 1 || rest.length < 2) return [...cues, whole];
    const cut = bestCut(rest, count, isTimed, limits);
    cues.push(joined(rest.slice(0, cut)));
    rest = rest.slice(cut);
  }
}

function cuesNeeded(
  { startMs, endMs, text }: Segment,
  isTimed: boolean,
  limits: CueLimits,
): number {
  const width = widthOf(text.trim());
  const byTime = Math.ceil((endMs - startMs) / limits.maxMs);
  const byUntimed = Math.max(1, Math.floor(width / fewestUntimedWidth));
  const byWidth = Math.ceil(width / limits.maxCharacters);
  return Math.max(1, byWidth, isTimed ? byTime : Math.min(byTime, byUntimed));
}

/** How many words the first of `count` subtitles has; at least one, and fewer than all. */
function bestCut(
  words: readonly TimedWord[],
  count: number,
  isTimed: boolean,
  limits: CueLimits,
): number {
  const whole = joined(words);
  const byTime = isTimed && (whole.endMs - whole.startMs) / limits.maxMs > 1;
  const size = (part: Segment): number =>
    byTime ? part.endMs - part.startMs : widthOf(part.text.trim());
  const target = 1 / count;
  let best = 1;
  let lowest = Number.POSITIVE_INFINITY;
  for (let cut = 1; cut < words.length; cut += 1) {
    const part = joined(words.slice(0, cut));
    if (cut > 1 && cuesNeeded(part, isTimed, limits) > 1) break;
    const cost =
      Math.abs(size(part) / size(whole) - target) + (endsClause.test(part.text) ? 0 : 0.12);
    if (cost < lowest) {
      lowest = cost;
      best = cut;
    }
  }
  return best;
}

function joined(words: readonly Segment[]): Segment {
  return {
    startMs: words[0]?.startMs ?? 0,
    endMs: words.at(-1)?.endMs ?? 0,
    text: words.map(({ text }) => text).join(''),
  };
}

/** Whole milliseconds, each subtitle readable, at least one long, before the next one and within the piece. */
function inPiece(cues: readonly Segment[], durationMs: number, { maxMs }: CueLimits): Segment[] {
  const lastMs = Math.max(1, Math.floor(durationMs));
  // Fewer milliseconds than subtitles: there is no time to show them one after the other.
  if (cues.length > lastMs) return [{ ...joined(cues), startMs: 0, endMs: lastMs }];
  const starts: number[] = [];
  cues.forEach(({ startMs }, index) => {
    const earliest = (starts[index - 1] ?? -1) + 1;
    const latest = lastMs - (cues.length - index);
    starts.push(Math.min(latest, Math.max(earliest, Math.round(startMs))));
  });
  return cues.map((cue, index) => {
    const startMs = starts[index] ?? 0;
    const wantedMs = Math.max(Math.round(cue.endMs), startMs + Math.min(shortestMs, maxMs));
    const endMs = Math.min(wantedMs, startMs + maxMs, starts[index + 1] ?? lastMs);
    return { startMs, endMs, text: cue.text };
  });
}
