import type { FoundEntry, FoundRepo, StoredContent } from './repoReader';

/** What removing some files of a snapshot takes away, found out before anything is. */
export interface RemovalPlan {
  readonly commit: string;
  /** Refs that would name a snapshot that is gone. */
  readonly refs: readonly string[];
  readonly entries: readonly string[];
  readonly emptiesSnapshot: boolean;
  /** Names in `blobs/` that nothing leads to any more. */
  readonly blobs: readonly string[];
  /** Real bytes that come free: content with another name elsewhere frees nothing. */
  readonly reclaimedBytes: number;
}

/** Works out a removal. Pure; `paths` undefined: the whole snapshot. */
export function planRemoval(
  found: FoundRepo,
  commit: string,
  paths: readonly string[] | undefined,
): RemovalPlan {
  const snapshot = found.snapshots.find((one) => one.commit === commit);
  const wanted = paths === undefined ? undefined : new Set(paths);
  const isGoing = (entry: FoundEntry): boolean => wanted?.has(entry.path) ?? true;
  const going = snapshot?.entries.filter(isGoing) ?? [];
  const emptiesSnapshot = going.length === snapshot?.entries.length;
  const taken = takenBy(found, new Set(going));
  return {
    commit,
    refs: emptiesSnapshot
      ? found.refs.filter((ref) => ref.commit === commit).map((ref) => ref.revision)
      : [],
    entries: going.map((entry) => entry.path),
    emptiesSnapshot,
    blobs: taken.blobs,
    reclaimedBytes: taken.bytes,
  };
}

/** What goes with these entries: blobs that nothing else leads to, and the real bytes that come free. */
export function takenBy(
  found: FoundRepo,
  going: ReadonlySet<FoundEntry>,
): { readonly blobs: readonly string[]; readonly bytes: number } {
  const blobs = unusedBlobs(found, going);
  const own = [...going].flatMap((entry) =>
    entry.blobName === undefined && entry.content !== undefined ? [entry.content] : [],
  );
  const content = blobs.flatMap((name) => found.blobs.get(name) ?? []);
  return { blobs, bytes: freedBytes([...own, ...content]) };
}

/** Real bytes that come free when these names of content go. */
export function freedBytes(contents: readonly StoredContent[]): number {
  const goingNames = new Map<string, number>();
  let bytes = 0;
  for (const content of contents) {
    if (content.isLink) continue;
    const names = (goingNames.get(content.storageId) ?? 0) + 1;
    goingNames.set(content.storageId, names);
    if (names === content.names) bytes += content.diskBytes;
  }
  return bytes;
}

/** Blobs that only the going entries led to. */
function unusedBlobs(found: FoundRepo, going: ReadonlySet<FoundEntry>): readonly string[] {
  const freed = new Set<string>();
  const used = new Set<string>();
  for (const snapshot of found.snapshots) {
    for (const entry of snapshot.entries) {
      if (entry.blobName !== undefined) (going.has(entry) ? freed : used).add(entry.blobName);
    }
  }
  return [...freed].filter((name) => !used.has(name));
}
