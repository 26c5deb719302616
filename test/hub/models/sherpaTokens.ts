import type { OnnxTensor } from './onnx';

/** The words that a tiny model recognises by default. */
export const defaultWords: readonly string[] = ['hello', 'tiny', 'model'];

/** Marks the beginning of a word in a SentencePiece vocabulary. */
const wordStart = '\u2581';

export const wordTokens = (words: readonly string[]): string[] =>
  words.map((word) => wordStart + word);

/** `tokens.txt`: one token and its number a line. */
export function tokensFile(tokens: readonly string[]): string {
  return tokens.map((token, index) => `${token} ${index}\n`).join('');
}

/** A table with one row per output frame whose highest score is at the wanted token. */
export function oneHotTable(
  sequence: readonly number[],
  tokenCount: number,
  highest: number,
): OnnxTensor {
  const values = sequence.flatMap((wanted) =>
    Array.from({ length: tokenCount }, (_, token) => (token === wanted ? highest : -10)),
  );
  return { name: 'tab', type: 'float', dims: [sequence.length, tokenCount], values };
}
