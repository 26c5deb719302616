import type { PieceText } from './cues';

/** Marks that models write for audio without speech: in brackets, between stars or notes, and dots alone. */
const mark = /\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|（[^）]*）|【[^】]*】|[♪♫🎵][^♪♫🎵]*[♪♫🎵]?|\.{2,}|…/u;
const marksAlone = new RegExp(`^(?:\\s*(?:${mark.source})\\s*)+$`, 'u');
/** The ones that also stand in the middle of a text. */
const innerMark = /[[(*]\s*(?:blank[ _]audio|no[ _](?:audio|speech)|silence|inaudible)\s*[\])*]/giu;

/** A piece's text without the marks for audio that has no speech; empty when it is nothing else. */
export function withoutMarks(piece: PieceText): PieceText {
  const { text, parts } = piece;
  if (marksAlone.test(text)) return { ...piece, text: '', parts: [] };
  const whole = parts.filter((part) => /\p{L}/u.test(part.text) && marksAlone.test(part.text));
  const marks = [
    ...whole.map((part) => part.text.trim()),
    ...[...text.matchAll(innerMark)].map(([found]) => found),
  ];
  if (marks.length === 0) return piece;
  const shorter = marks.reduce((rest, found) => rest.replace(found, ''), text);
  return { ...piece, text: shorter.replace(/ {2,}/g, ' '), parts: cutOut(parts, marks) };
}

/** The parts without these texts, which may begin in one part and end in another. */
function cutOut(parts: PieceText['parts'], marks: readonly string[]): PieceText['parts'] {
  const joined = parts.map((part) => part.text).join('');
  const isCut = new Set<number>();
  for (const found of marks) {
    let at = joined.indexOf(found);
    while (isCut.has(at)) at = joined.indexOf(found, at + 1);
    for (let index = 0; at >= 0 && index < found.length; index += 1) isCut.add(at + index);
  }
  let start = 0;
  return parts.flatMap((part) => {
    const from = start;
    start += part.text.length;
    const text = Array.from(part.text.split(''), (unit, index) =>
      isCut.has(from + index) ? '' : unit,
    ).join('');
    return text.trim() === '' && text !== part.text ? [] : [{ ...part, text }];
  });
}
