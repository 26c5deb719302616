import { createHash } from 'node:crypto';
import { lfsPointer, xetHash, type StoredFile } from './repository';

/** An entry of the tree API (docs/hub-protocol.md section 1.3). */
export interface TreeEntry {
  readonly type: 'file' | 'directory';
  readonly oid: string;
  readonly size: number;
  readonly path: string;
  readonly lfs?: { readonly oid: string; readonly size: number; readonly pointerSize: number };
  readonly xetHash?: string;
  readonly lastCommit?: { readonly id: string; readonly title: string; readonly date: string };
}

/** A file's entry; the first question for a large file hashes it. */
export async function treeEntry(file: StoredFile): Promise<TreeEntry> {
  const size = file.content.sizeBytes;
  if (!file.lfs) {
    return { type: 'file', oid: await file.content.gitSha1(), size, path: file.path };
  }
  const sha256 = await file.content.sha256();
  const { oid, pointerSize } = lfsPointer(sha256, size);
  return {
    type: 'file',
    oid,
    size,
    path: file.path,
    lfs: { oid: sha256, size, pointerSize },
    xetHash: xetHash(file.content),
  };
}

/** The paths below a folder, folders too, in the order of the Hub's listing: by name. */
export function treeEntries(
  files: ReadonlyMap<string, StoredFile>,
  folder: string,
  recursive: boolean,
): string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const found = new Set<string>();
  for (const path of files.keys()) {
    if (!path.startsWith(prefix)) continue;
    const parts = path.slice(prefix.length).split('/');
    const depth = recursive ? parts.length : 1;
    for (let length = 1; length <= depth; length += 1) {
      found.add(prefix + parts.slice(0, length).join('/'));
    }
  }
  return [...found].sort();
}

/** A made-up but stable object id for a folder. */
export function gitIdOfFolder(path: string): string {
  return createHash('sha1').update(`tree ${path}`).digest('hex');
}
