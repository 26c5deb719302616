import type { CacheContext } from './cacheContext';
import type { SnapshotSpec } from './preparedSnapshot';
import { hardLinkEntry, linkEntry } from './publishFile';
import { pathProblem } from './safePath';

/**
 * Several models can live in one repository. When one of them moves the ref to a new commit, the others' files that
 * did not change between the commits get an entry there too, so that whoever asks by the ref still finds them. The
 * caller holds the repository's lock.
 */
export async function relinkUnchanged(
  context: CacheContext,
  spec: Pick<SnapshotSpec, 'repo' | 'revision' | 'commit' | 'tree'>,
): Promise<void> {
  const found = context.find(spec.repo);
  const previous = found.refs.find((ref) => ref.revision === spec.revision)?.commit;
  if (previous === undefined || previous === spec.commit) return;
  const old = found.snapshots.find((snapshot) => snapshot.commit === previous);
  const there = new Set(
    found.snapshots
      .find((snapshot) => snapshot.commit === spec.commit)
      ?.entries.map((entry) => entry.path),
  );
  const oldTree = new Map(old?.tree?.map((entry) => [entry.path, entry.digest.hex]));
  const newTree = new Map(spec.tree.map((entry) => [entry.path, entry.digest.hex]));
  for (const entry of old?.entries ?? []) {
    if (there.has(entry.path) || entry.content === undefined) continue;
    const hex = entry.blobName ?? oldTree.get(entry.path);
    if (hex === undefined || newTree.get(entry.path) !== hex) continue;
    if (pathProblem(entry.path) !== undefined) continue;
    if (entry.blobName !== undefined) {
      await linkEntry(context, found.paths, spec.commit, entry.path, entry.blobName);
    } else {
      const from = found.paths.entry(previous, entry.path);
      await hardLinkEntry(context, found.paths, from, found.paths.entry(spec.commit, entry.path));
    }
  }
}
