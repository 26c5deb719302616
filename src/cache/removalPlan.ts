import { pathProblem } from './safePath';
import type { CachedEntry, CachedRepo, StoredContent } from './cachedRepo';

/** What removing some files of a snapshot takes away, found out before anything is. */
export interface RemovalPlan {
  readonly commit: string;
  /** Refs that would name a snapshot that is gone. */
  readonly refs: readonly string[];
  readonly entries: readonly string[];
  /** Folders in the snapshot that may be empty afterwards, slash-separated. */
  readonly folders: readonly string[];
  readonly emptiesSnapshot: boolean;
  /** Names in `blobs/` that nothing leads to any more. */
  readonly blobs: readonly string[];
  /** Real bytes that come free: content with another name elsewhere frees nothing. */
  readonly reclaimedBytes: number;
}

/** Works out a removal. Pure; `paths` undefined: the whole snapshot. */
export function planRemoval(
  found: CachedRepo,
  commit: string,
  paths: readonly string[] | undefined,
): RemovalPlan {
  const snapshot = found.snapshots.find((one) => one.commit === commit);
  const wanted = paths === undefined ? undefined : new Set(paths);
  const isGoing = (entry: CachedEntry): boolean => wanted?.has(entry.path) ?? true;
  const going = snapshot?.entries.filter(isGoing) ?? [];
  const emptiesSnapshot = going.length === snapshot?.entries.length;
  // What files whose entries an earlier, interrupted removal took have left behind is known by the file list.
  const listed = snapshot?.tree?.filter((entry) => wanted?.has(entry.path) ?? true) ?? [];
  const taken = takenBy(
    found,
    new Set(going),
    listed.map((entry) => entry.digest.hex),
  );
  return {
    commit,
    refs: emptiesSnapshot
      ? found.refs.filter((ref) => ref.commit === commit).map((ref) => ref.revision)
      : [],
    entries: going.map((entry) => entry.path),
    folders: foldersOf([...going, ...listed].map((entry) => entry.path)),
    emptiesSnapshot,
    blobs: taken.blobs,
    reclaimedBytes: freedBytes(taken.contents),
  };
}

function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = paths.flatMap((path) =>
    path.includes('/') ? [path.slice(0, path.lastIndexOf('/'))] : [],
  );
  return [...new Set(folders)].filter((folder) => pathProblem(folder) === undefined);
}

/** What goes with these entries: blobs that nothing else leads to, and all content whose name goes. */
export function takenBy(
  found: CachedRepo,
  going: ReadonlySet<CachedEntry>,
  alsoBlobs: readonly string[] = [],
): { readonly blobs: readonly string[]; readonly contents: readonly StoredContent[] } {
  const blobs = unusedBlobs(found, going, alsoBlobs);
  const own = [...going].flatMap((entry) =>
    entry.blobName === undefined && entry.content !== undefined ? [entry.content] : [],
  );
  const content = blobs.flatMap((name) => found.blobs.get(name) ?? []);
  return { blobs, contents: [...own, ...content] };
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

/** Blobs that only the going entries led to, and those of the others that nothing leads to. */
function unusedBlobs(
  found: CachedRepo,
  going: ReadonlySet<CachedEntry>,
  others: readonly string[],
): readonly string[] {
  const freed = new Set(others.filter((name) => found.blobs.has(name)));
  const used = new Set<string>();
  for (const snapshot of found.snapshots) {
    for (const entry of snapshot.entries) {
      if (entry.blobName !== undefined) (going.has(entry) ? freed : used).add(entry.blobName);
    }
  }
  return [...freed].filter((name) => !used.has(name));
}
