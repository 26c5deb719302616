/** Hotwords for a transducer of sherpa-onnx: the kind of its tokens, and the pieces with their order. */
export interface HotwordVocabulary {
  /** `modelingUnit` of its configuration. */
  readonly unit: 'bpe' | 'cjkchar' | 'cjkchar+bpe';
  /** The content of its `bpe.vocab`: a piece and its score on each line. Empty for characters alone. */
  readonly bpeVocab: string;
  /** Letters that the tokens are written in, where it is one kind alone. */
  readonly letters: 'upper' | 'lower' | 'both';
}

const wordStart = '\u2581';
const ideograph = /^\p{Script=Han}$/u;
/** More words than a person expects; each of them widens the search. */
const mostPhrases = 100;

/**
 * The vocabulary by a model's tokens.txt. SentencePiece numbers its pieces in the order of their merges, which is what its
 * scores say too (docs/model-formats.md section 4.2). Undefined where there are neither pieces of words nor characters.
 */
export function hotwordVocabulary(tokensText: string): HotwordVocabulary | undefined {
  const tokens = tokensText.split(/\r?\n/).flatMap((line) => {
    const at = line.lastIndexOf(' ');
    const id = Number(line.slice(at + 1));
    return at <= 0 || !Number.isInteger(id) ? [] : [{ token: line.slice(0, at), id }];
  });
  const hasPieces = tokens.some(({ token }) => token.startsWith(wordStart) && token.length > 1);
  const hasCharacters = tokens.filter(({ token }) => ideograph.test(token)).length > 100;
  if (!hasPieces && !hasCharacters) return undefined;
  const all = tokens
    .map(({ token }) => token)
    .join('')
    .replace(/<[^>]*>/g, '');
  const [hasUpper, hasLower] = [/\p{Lu}/u.test(all), /\p{Ll}/u.test(all)];
  return {
    unit: !hasCharacters ? 'bpe' : hasPieces ? 'cjkchar+bpe' : 'cjkchar',
    bpeVocab: hasPieces ? tokens.map(({ token, id }) => `${token}\t${String(-id)}\n`).join('') : '',
    letters: hasUpper === hasLower ? 'both' : hasUpper ? 'upper' : 'lower',
  };
}

/**
 * The names and words of a prompt as sherpa-onnx takes them: phrases with a slash between them, without the characters that
 * it reads as its own. Empty when there are none.
 */
export function hotwordsOf(prompt: string, { letters }: HotwordVocabulary): string {
  const phrases = prompt.split(/[\n\r,;、，；。!?！？]+|\.(?=\s|$)/u).map((phrase) =>
    phrase
      .replace(/[/:@#]/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );
  const text = [...new Set(phrases.filter((phrase) => phrase !== ''))].slice(0, mostPhrases);
  const joined = text.join('/');
  if (letters === 'both') return joined;
  return letters === 'upper' ? joined.toUpperCase() : joined.toLowerCase();
}
