/** A part of an engine's text (a token, a word or a sentence) with its times. */
export interface TimedPart {
  readonly text: string;
  /** From the start of the piece. */
  readonly startMs: number;
  /** Absent where the model reports starts alone. */
  readonly endMs?: number;
}

/** When the characters of a text are said. Characters are counted without white space. */
interface PartTimes {
  /** False: the model gave no usable times; the characters are spread evenly over the piece. */
  readonly isTimed: boolean;
  /** When character `index` begins. */
  startMs(index: number): number;
  /** When the character before `index` ends. */
  endMs(index: number): number;
}

/** A start that comes this much later than the one before follows a pause, not a long word. */
const longestTokenMs = 1000;
/** How long the last token before a pause lasts, and a character of it. */
const lastTokenMs = 300;
const characterMs = 80;
/** A token that isn't where it is expected is looked for this many characters on. */
const searchedCharacters = 8;

interface Span {
  readonly from: number;
  readonly to: number;
  readonly startMs: number;
  readonly endMs: number | undefined;
}

/** A known time: when the character `index` begins, and when the one before it ended. */
interface Knot {
  readonly index: number;
  readonly endMs: number;
  readonly startMs: number;
}

/**
 * Finds an engine's timed parts in its text and interpolates between them. The parts need not be the text: tokens have
 * their own marks for spaces, and numbers may have been rewritten. Without usable times the text is spread over the piece.
 */
export function partTimes(
  text: string,
  parts: readonly TimedPart[],
  durationMs: number,
): PartTimes {
  const characters = text.replace(/\s+/gu, '');
  const { length } = characters;
  const spans = findParts(characters, parts);
  const isTimed = areUsable(spans, length, durationMs);
  const knots = isTimed
    ? knotsOf(spans, length, durationMs)
    : [
        { index: 0, startMs: 0, endMs: 0 },
        { index: length, startMs: durationMs, endMs: durationMs },
      ];
  const between = (index: number, side: 'startMs' | 'endMs'): number => {
    const after = knots.findIndex((knot) => knot.index >= index);
    const next = knots[after];
    if (next === undefined) return durationMs;
    const previous = knots[after - 1];
    if (next.index === index || previous === undefined) return next[side];
    const share = (index - previous.index) / (next.index - previous.index);
    return previous.startMs + (next.endMs - previous.startMs) * share;
  };
  return {
    isTimed,
    startMs: (index) => between(index, 'startMs'),
    endMs: (index) => between(index, 'endMs'),
  };
}

function findParts(characters: string, parts: readonly TimedPart[]): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const { text, startMs, endMs } of parts) {
    const wanted = text.replace(/[\s\u2581]+|@@$/gu, '');
    if (wanted === '' || !Number.isFinite(startMs)) continue;
    const reach = at + wanted.length + searchedCharacters;
    const found = characters.slice(at, reach).indexOf(wanted);
    if (found < 0) continue;
    const from = at + found;
    at = from + wanted.length;
    const to = at;
    spans.push({ from, to, startMs, endMs: Number.isFinite(endMs) ? endMs : undefined });
  }
  return spans;
}

/** Whether the parts cover most of the text, and their times advance and lie in the piece. */
function areUsable(spans: readonly Span[], length: number, durationMs: number): boolean {
  const covered = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const [first] = spans;
  const last = spans.at(-1);
  if (first === undefined || last === undefined || covered * 2 < length) return false;
  if (last.startMs > durationMs + longestTokenMs) return false;
  return spans.length === 1 || (last.endMs ?? last.startMs) > first.startMs;
}

/** The known times, never running backwards and never outside the piece. */
function knotsOf(spans: readonly Span[], length: number, durationMs: number): Knot[] {
  const knots: Knot[] = [];
  let reachedMs = 0;
  const clamped = (timeMs: number): number => {
    reachedMs = Math.max(reachedMs, Math.min(durationMs, timeMs));
    return reachedMs;
  };
  /** The end of the last span, to which the start of the next one belongs when nothing lies between them. */
  let open: { readonly index: number; readonly endMs: number } | undefined;
  spans.forEach((span, order) => {
    const before = span.from - (open?.index ?? 0);
    if (before > 0 && open === undefined) {
      const leadMs = clamped(Math.max(0, span.startMs - before * characterMs));
      knots.push({ index: 0, startMs: leadMs, endMs: leadMs });
    } else if (before > 0 && open !== undefined) {
      knots.push({ index: open.index, endMs: open.endMs, startMs: open.endMs });
    }
    const startMs = clamped(span.startMs);
    const isNext = open?.index === span.from;
    knots.push({ index: span.from, startMs, endMs: isNext ? (open?.endMs ?? startMs) : startMs });
    const next = spans[order + 1];
    const nextMs = Math.max(startMs, Math.min(durationMs, next?.startMs ?? durationMs));
    const shortMs = startMs + Math.max(lastTokenMs, (span.to - span.from) * characterMs);
    const isJoined = next !== undefined && nextMs - startMs <= longestTokenMs;
    const endMs = span.endMs ?? (isJoined ? nextMs : shortMs);
    open = { index: span.to, endMs: clamped(Math.min(endMs, nextMs)) };
  });
  if (open !== undefined) {
    const rest = length - open.index;
    knots.push({ index: open.index, startMs: open.endMs, endMs: open.endMs });
    if (rest > 0) {
      const endMs = clamped(open.endMs + rest * characterMs);
      knots.push({ index: length, startMs: endMs, endMs });
    }
  }
  return knots;
}
