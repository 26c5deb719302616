import type { FileToFetch } from '../downloadEngine';

/** Files of one transfer that are made of the same bytes: the same partial, one copy to fetch. */
export type SameBytes = readonly [FileToFetch, ...FileToFetch[]];

/**
 * Puts files together that share a partial. A repository may hold the same content under several names, and two writers
 * on one partial would cut off, overwrite and publish each other's bytes.
 */
export function groupSameBytes(files: readonly FileToFetch[]): SameBytes[] {
  const groups = new Map<string, [FileToFetch, ...FileToFetch[]]>();
  for (const file of files) {
    const group = groups.get(file.partialPath);
    if (group === undefined) groups.set(file.partialPath, [file]);
    else group.push(file);
  }
  return [...groups.values()];
}
