import fs from 'node:fs/promises';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { generatedContent } from '../hub';

/** A file that is served and fetched. */
export interface BenchFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Writes `count` files of `mib` MiB that do not compress into the served folder. */
export async function makeFiles(
  folder: string,
  prefix: string,
  count: number,
  mib: number,
): Promise<BenchFile[]> {
  const served = path.join(folder, 'served');
  await fs.mkdir(served, { recursive: true });
  const files: BenchFile[] = [];
  for (let index = 0; index < count; index++) {
    const name = `${prefix}-${String(index)}.bin`;
    const content = generatedContent({ sizeBytes: mib * 2 ** 20, seed: name });
    const hash = createHash('sha256');
    const handle = await fs.open(path.join(served, name), 'w');
    for (let at = 0; at < content.sizeBytes;) {
      const part = content.read(at, content.sizeBytes - at);
      hash.update(part);
      await handle.write(part);
      at += part.length;
    }
    await handle.close();
    files.push({ name, sizeBytes: content.sizeBytes, sha256: hash.digest('hex') });
  }
  return files;
}
