import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseJson } from '../../common/json';
import { tokensOfTokenizer } from '../format/tokenizerTokens';
import type { SherpaParts } from '../format/sherpaFamily';

/**
 * Runs `load` with parts that have a `tokens.txt`: where a model has only a tokenizer.json, one is made of it in a
 * temporary folder, which is removed afterwards. sherpa-onnx reads the file while it loads.
 */
export async function withTokens<T>(
  parts: SherpaParts,
  load: (parts: SherpaParts) => Promise<T>,
): Promise<T> {
  const { tokens, tokenizer } = parts;
  if (tokens !== undefined || tokenizer === undefined) return load(parts);
  const text = tokensOfTokenizer(parseJson(await readFile(tokenizer.absolutePath, 'utf8')));
  if (text === undefined) return load(parts);
  const folder = await mkdtemp(path.join(tmpdir(), 'asr-tokens-'));
  try {
    const absolutePath = path.join(folder, 'tokens.txt');
    await writeFile(absolutePath, text);
    const { size } = await stat(absolutePath);
    return await load({
      ...parts,
      tokens: { path: 'tokens.txt', role: 'tokens', absolutePath, sizeBytes: size },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
