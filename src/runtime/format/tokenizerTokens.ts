import { isObject } from '../../common/json';

/**
 * The text of a `tokens.txt` as sherpa-onnx reads it for Moonshine (the token's bytes in base64, a space, its number;
 * docs/model-formats.md section 4.1), made of the contents of a `tokenizer.json`. Undefined when that has no vocabulary
 * of the kind.
 */
export function tokensOfTokenizer(tokenizer: unknown): string | undefined {
  const model = isObject(tokenizer) ? tokenizer['model'] : undefined;
  const vocabulary = isObject(model) ? model['vocab'] : undefined;
  if (!isObject(tokenizer) || !isObject(vocabulary)) return undefined;
  const bytesOf = usesByteLetters(tokenizer) ? bytesOfLetters : bytesOfPiece;
  const lines = new Map<number, Buffer>();
  for (const [token, id] of Object.entries(vocabulary)) {
    if (!isId(id)) return undefined;
    lines.set(id, bytesOf(token));
  }
  const added = tokenizer['added_tokens'];
  for (const entry of Array.isArray(added) ? (added as readonly unknown[]) : []) {
    if (!isObject(entry) || !isId(entry['id']) || typeof entry['content'] !== 'string') continue;
    lines.set(entry['id'], Buffer.from(entry['content']));
  }
  if (lines.size === 0) return undefined;
  return [...lines]
    .sort(([a], [b]) => a - b)
    .map(([id, bytes]) => `${bytes.toString('base64')} ${String(id)}\n`)
    .join('');
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** SentencePiece's pieces: `▁` is a space, `<0x0A>` a byte. */
function bytesOfPiece(token: string): Buffer {
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return byte === undefined
    ? Buffer.from(token.replaceAll('\u2581', ' '))
    : Buffer.from(byte, 'hex');
}

/** Whether each byte of a token is written as a letter, as GPT-2 does it. */
function usesByteLetters({
  decoder,
  pre_tokenizer: before,
}: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify([decoder, before]).includes('"ByteLevel"');
}

/** The letters of {@link usesByteLetters}: printable bytes are themselves, the others follow from 256 on. */
const letters = new Map(
  (() => {
    const isPrintable = (byte: number): boolean =>
      (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    let next = 256;
    return Array.from({ length: 256 }, (_, byte) => {
      const code = isPrintable(byte) ? byte : next++;
      return [String.fromCodePoint(code), byte] as const;
    });
  })(),
);

function bytesOfLetters(token: string): Buffer {
  const bytes = Array.from(token, (letter) => letters.get(letter));
  return bytes.every((byte) => byte !== undefined) ? Buffer.from(bytes) : Buffer.from(token);
}
