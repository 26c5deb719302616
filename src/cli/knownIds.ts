import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../common/atomicFile';
import { readTextWhenFree } from '../common/fileInUse';
import { parseJson } from '../common/json';
import type { KnownModelIds } from '../models';

/** More `hf:` ids than a person asks for; limits the file. */
const mostIds = 500;

/**
 * `hf:` ids that were asked for, in a file: they name what a scan of the disk finds. `asked`: those of this command, which
 * count whether the file can be written or not.
 */
export function fileKnownIds(file: string, asked: readonly string[]): KnownModelIds {
  const list = async (): Promise<readonly string[]> => {
    const json = parseJson(await readTextWhenFree(file).catch(() => '[]'));
    const kept = Array.isArray(json)
      ? json.filter((id): id is string => typeof id === 'string')
      : [];
    return [...new Set([...kept, ...asked.filter((id) => id.startsWith('hf:'))])];
  };
  return {
    list,
    async add(modelId) {
      const kept = parseJson(await readTextWhenFree(file).catch(() => '[]'));
      if (Array.isArray(kept) && kept.includes(modelId)) return;
      const ids = [...new Set([...(await list()), modelId])].slice(-mostIds);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFileAtomically(file, JSON.stringify(ids), { flush: false });
    },
  };
}
