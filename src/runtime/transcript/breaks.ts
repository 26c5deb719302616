/**
 * Where a text may be cut: at the ends of its sentences and words, in every script. Thai, Chinese and others are written
 * without spaces between words; the words are found by the dictionaries of `Intl.Segmenter`.
 */

const bySentence = new Intl.Segmenter('en', { granularity: 'sentence' });
const byWord = new Intl.Segmenter('en', { granularity: 'word' });
const byCharacter = new Intl.Segmenter('en');

/** The letters of scripts that are written without spaces between words. */
const unspaced =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\p{sc=Tibetan}\\p{sc=Javanese}]';
const unspacedStart = new RegExp(`^${unspaced}`, 'u');
const unspacedEnd = new RegExp(`${unspaced}$`, 'u');
/** Punctuation of East Asian text, after which a line may end although no space follows. */
const wideClosing = /[\u3001\u3002\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff1a\uff1b\uff1f]$/u;
/** Characters that must not begin a line: closing punctuation, marks of repetition and length, small kana. */
const sticksToPrevious =
  /^[\p{Pe}\p{Pf}\p{Pd}\p{Po}\p{M}\u3005\u30fc\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7]/u;
/** Characters that must not begin a line even after a space (French puts one before these). */
const sticksAcrossSpace = /^[\p{Pe}\p{Pf}?!:;%]/u;
const opens = /[\p{Ps}\p{Pi}\u00bf\u00a1]$/u;
/** White space at which a line may end: every kind but those that forbid it. */
const breakingSpace = /[^\S\u00a0\u202f\u2007]$/u;

/** A full stop after one of these ends no sentence. */
const abbreviations = new Set(
  [
    'mr mrs ms dr drs prof st sr jr vs vol fig gen col capt lt sgt rev hon gov sen rep dept approx',
    'hr fr nr bzw ca vgl str bspw evtl ggf inkl exkl sog',
    'mm mme mlle sra srta dra sig dott avv dhr mevr bijv np inż ul им ул тыс млн',
  ].flatMap((line) => line.split(' ')),
);
/** The last word before a full stop. */
const lastWord = /(?:^|[^\p{L}\p{M}\p{N}.])([\p{L}\p{M}\p{N}.]+)\.\s*$/u;

/** Line breaks and other control characters become spaces: same length, and nothing in the text can end a line. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
}

/** The positions in a text at which a sentence has ended, the white space behind it included; the last is its length. */
export function sentenceEnds(text: string): ReadonlySet<number> {
  const ends = new Set([text.length]);
  for (const { segment, index } of bySentence.segment(text)) {
    if (!endsInAbbreviation(segment)) ends.add(index + segment.length);
  }
  return ends;
}

function endsInAbbreviation(sentence: string): boolean {
  const word = lastWord.exec(sentence)?.[1]?.toLowerCase();
  if (word === undefined) return false;
  // "Dr."; initials and what is made of them ("J.", "U.S.", "z. B."); ordinals ("am 3. Mai").
  return abbreviations.has(word) || /^\p{L}(?:\.\p{L})*$/u.test(word) || /^\d{1,2}$/.test(word);
}

/**
 * The words of a text, each with the punctuation and white space that belong to it: a line or a subtitle may end after
 * each. Joined they are the text. One that is wider than `maxWidth` is cut between characters.
 */
export function wordsOf(text: string, maxWidth = Number.POSITIVE_INFINITY): string[] {
  const words: string[] = [];
  let word = '';
  for (const { segment } of byWord.segment(text)) {
    if (word.trim() !== '' && canBreak(word, segment)) {
      words.push(...narrow(word, maxWidth));
      word = '';
    }
    word += segment;
  }
  if (word !== '') words.push(...narrow(word, maxWidth));
  return words;
}

function canBreak(before: string, after: string): boolean {
  if (/^\s/u.test(after)) return false;
  if (/\s$/u.test(before)) return breakingSpace.test(before) && !sticksAcrossSpace.test(after);
  if (sticksToPrevious.test(after) || opens.test(before)) return false;
  return unspacedEnd.test(before) || wideClosing.test(before) || isUnspacedStart(after);
}

/** Whether a text begins in a script that has no spaces between words. */
export function isUnspacedStart(text: string): boolean {
  return unspacedStart.test(text);
}

function narrow(word: string, maxWidth: number): string[] {
  if (widthOf(word.trim()) <= maxWidth) return [word];
  const parts: string[] = [];
  let part = '';
  for (const { segment } of byCharacter.segment(word)) {
    if (part !== '' && widthOf(part + segment) > maxWidth) {
      parts.push(part);
      part = '';
    }
    part += segment;
  }
  return [...parts, part];
}

/** East Asian characters, which take the width of two. Those beyond 16 bits have a length of two already. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/g;

/** How wide a text is, in narrow characters; at least its length. */
export function widthOf(text: string): number {
  return text.length + (text.match(wide)?.length ?? 0);
}
