import type { TreeEntry } from './preparedSnapshot';

/** What moving a model from one commit to another would change. */
export interface TreeComparison {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
  /** Bytes that would have to be fetched: content that is here under any name counts nothing, and once only. */
  readonly bytesToFetch: number;
}

/**
 * Compares a model's own files with a commit's list by their digests, so that a new commit that leaves them alone is
 * no update. Pure.
 *
 * @param present the model's files as they are, by path; `digestHex` absent where it is not known (counts as changed)
 * @param tree the new commit's whole list
 * @param paths which of its files belong to the model
 */
export function compareTrees(
  present: readonly { readonly path: string; readonly digestHex?: string }[],
  tree: readonly TreeEntry[],
  paths: readonly string[],
): TreeComparison {
  const here = new Map(present.map((file) => [file.path, file.digestHex]));
  const content = new Set(present.flatMap((file) => file.digestHex ?? []));
  const wanted = new Set(paths);
  const added: string[] = [];
  const changed: string[] = [];
  const unchanged: string[] = [];
  let bytesToFetch = 0;
  for (const entry of tree) {
    if (!wanted.has(entry.path)) continue;
    if (!here.has(entry.path)) added.push(entry.path);
    else if (here.get(entry.path) === entry.digest.hex) unchanged.push(entry.path);
    else changed.push(entry.path);
    if (!content.has(entry.digest.hex)) bytesToFetch += entry.sizeBytes;
    content.add(entry.digest.hex);
  }
  const removed = present.map((file) => file.path).filter((path) => !wanted.has(path));
  return { added, changed, removed, unchanged, bytesToFetch };
}
