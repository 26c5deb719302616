import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeFileAtomically } from '../../common/atomicFile';
import { fileError } from '../../common/fileErrors';
import { readTextWhenFree, removeWhenFree } from '../../common/fileInUse';
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
  const text = tokensOfTokenizer(parseJson(await readTextWhenFree(tokenizer.absolutePath)));
  if (text === undefined) return load(parts);
  return withTemporaryText('tokens.txt', text, async (absolutePath) => {
    const { size } = await stat(absolutePath);
    return load({
      ...parts,
      tokens: { path: 'tokens.txt', role: 'tokens', absolutePath, sizeBytes: size },
    });
  });
}

/**
 * Runs `load` with the path of a file that holds the text, in a temporary folder that is removed afterwards. Rejects with
 * the disk's error when it can't be written: the model is not to blame.
 */
export async function withTemporaryText<T>(
  name: string,
  text: string,
  load: (absolutePath: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'asr-tokens-')).catch((error: unknown) => {
    throw fileError(error, tmpdir());
  });
  try {
    const absolutePath = path.join(folder, name);
    await writeFileAtomically(absolutePath, text, { flush: false }).catch((error: unknown) => {
      throw fileError(error, folder);
    });
    return await load(absolutePath);
  } finally {
    // A temporary folder that can't be removed is no failure of the model: the system clears it away.
    await removeWhenFree(folder).catch(() => undefined);
  }
}
