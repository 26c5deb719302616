import * as fs from 'node:fs/promises';
import path from 'node:path';
import { isInside, isSamePath } from '../common/paths';
import type { CacheContext } from './cacheContext';
import { exists } from './disk';
import { isStaging, locksFolderName, repoParts, type RepoPaths } from './layout';
import type { ModelFiles } from './modelStore';
import type { CachedEntry, CachedRepo, StoredContent } from './repoReader';
import { escapeProblem } from './safePath';

/*
 * Removing files of a snapshot:
 *
 *   planRemoval     pure: which refs, entries and blobs go, and the bytes that come free
 *   executeRemoval  refs, then entries, then blobs: a kill leaves unused bytes, never a link to nothing
 *   removeEmptySnapshot, collectGarbage   the commit's folder, then the repository's, when they are empty
 *   collectStaleStaging                   files that a killed process left in the staging folder
 */

/** The plan of removing some files of a snapshot, worked out before the first change. */
interface RemovalPlan {
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
  // The file list names the blobs of entries that an earlier, interrupted removal has deleted.
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
  return [...new Set(folders)].filter((folder) => escapeProblem(folder) === undefined);
}

/** The content that goes with these entries: blobs that nothing else leads to, and all content whose name goes. */
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

/** Our temporary files in `partial/`: `<uuid>.tmp`, and those of journals. */
const temporary = /^(?:[0-9a-f-]{36}|[0-9a-f]{40,64}\.json(?:\.[0-9a-f-]{36})?)\.tmp$/;
/** Other files of `partial/` that are not worth keeping: journals, whose partials are gone. */
const journal = /^[0-9a-f]{40,64}\.json$/;

/**
 * Executes a removal plan: refs first, then entries, then unused content. A kill in between leaves unused bytes, but
 * never a ref without its snapshot or a link to nothing, either of which makes other tools drop the whole repository
 * (docs/hub-protocol.md sections 5.2 and 5.6). The caller holds the repository's lock.
 */
export async function executeRemoval(
  context: CacheContext,
  repo: string,
  plan: RemovalPlan,
): Promise<void> {
  const paths = context.pathsOf(repo);
  await removeRefs(context, paths, plan);
  await removeEntries(context, paths, plan);
  await removeBlobs(context, paths, plan);
  if (plan.emptiesSnapshot) await removeEmptySnapshot(context, repo, plan.commit);
  await collectGarbage(context, repo);
}

async function removeRefs(
  context: CacheContext,
  paths: RepoPaths,
  { refs }: RemovalPlan,
): Promise<void> {
  for (const revision of refs) {
    await context.disk.remove(paths.ref(revision));
    await removeEmptyUpTo(context, path.dirname(paths.ref(revision)), paths.refs);
  }
}

async function removeEntries(
  context: CacheContext,
  paths: RepoPaths,
  { commit, entries, folders }: RemovalPlan,
): Promise<void> {
  for (const entry of entries) await context.disk.remove(paths.entry(commit, entry));
  for (const folder of folders) {
    await removeEmptyUpTo(context, paths.entry(commit, folder), paths.snapshot(commit));
  }
}

async function removeBlobs(
  context: CacheContext,
  paths: RepoPaths,
  { blobs }: RemovalPlan,
): Promise<void> {
  for (const name of blobs) await context.disk.remove(paths.blob(name));
}

/** Removes a commit's folder and file list when no entry is left in it and no process downloads into it. */
export async function removeEmptySnapshot(
  context: CacheContext,
  repo: string,
  commit: string,
): Promise<void> {
  const paths = context.pathsOf(repo);
  if (await context.isDownloading(repo)) return;
  const found = context.find(repo);
  if (!found.isReadable || found.refs.some((ref) => ref.commit === commit)) return;
  const snapshot = found.snapshots.find((one) => one.commit === commit);
  if (snapshot !== undefined && snapshot.entries.length > 0) return;
  await context.disk.removeEmptyFolder(paths.snapshot(commit));
  await removeStrayTrees(context, paths, found.snapshots);
  await context.disk.removeTree(path.join(paths.folder, '.no_exist', commit));
}

/** Removes the file lists of commits that have no folder any more, that of one removed a moment ago included. */
async function removeStrayTrees(
  context: CacheContext,
  paths: RepoPaths,
  snapshots: CachedRepo['snapshots'],
): Promise<void> {
  const kept = new Set<string>();
  for (const { commit, path: folder } of snapshots) if (await exists(folder)) kept.add(commit);
  for (const name of await fs.readdir(paths.trees).catch(() => [])) {
    const commit = /^([0-9a-f]{40})\.json$/.exec(name)?.[1];
    if (commit === undefined || kept.has(commit)) continue;
    await context.disk.remove(paths.tree(commit)).catch(() => false);
  }
}

/**
 * Removes the temporary files that a process which is gone has left in a repository. The caller holds its lock, under
 * which such files are made, or under the lock on files that are being downloaded.
 */
export async function removeTemporaries(context: CacheContext, repo: string): Promise<void> {
  const { partial } = context.pathsOf(repo);
  const names = (await fs.readdir(partial).catch(() => [])).filter((name) => temporary.test(name));
  if (names.length === 0 || (await context.isDownloading(repo))) return;
  for (const name of names) await context.disk.remove(path.join(partial, name));
}

/**
 * Removes a repository's folder when it holds nothing of worth: renamed into the staging folder, then deleted. Where
 * another program has put something into it, that and an empty `snapshots` stay.
 */
export async function collectGarbage(context: CacheContext, repo: string): Promise<void> {
  const paths = context.pathsOf(repo);
  const names = await fs.readdir(paths.folder).catch(() => undefined);
  if (names === undefined) return;
  if (holdsContent(context.find(repo))) return;
  if (await holdsUnknownFiles(paths)) return;
  if (await context.isDownloading(repo)) return;
  const ours = names.filter((name) => repoParts.some((part) => part === name));
  if (ours.length < names.length) await removeOurParts(context, paths, ours);
  else await context.withStaging((trash) => context.disk.rename(paths.folder, trash));
}

/** Whether the scan found something of worth, or could not read all of it. */
function holdsContent(found: CachedRepo): boolean {
  return (
    !found.isReadable ||
    found.blobs.size > 0 ||
    found.partials.length > 0 ||
    found.refs.length > 0 ||
    found.snapshots.some((snapshot) => snapshot.entries.length > 0)
  );
}

/** Whether a file is in the repository's folders that the scan does not count as content. */
async function holdsUnknownFiles(paths: RepoPaths): Promise<boolean> {
  for (const part of ['blobs', 'refs', 'snapshots'] as const) {
    if (await holdsFiles(path.join(paths.folder, part))) return true;
  }
  const partials = await fs.readdir(paths.partial).catch(() => []);
  return partials.some((name) => !temporary.test(name) && !journal.test(name));
}

/** Other tools call a repository without the folder `snapshots` corrupted; it stays, empty. */
async function removeOurParts(
  context: CacheContext,
  paths: RepoPaths,
  ours: readonly string[],
): Promise<void> {
  for (const name of ours.filter((one) => one !== 'snapshots')) {
    await context.disk.removeTree(path.join(paths.folder, name));
  }
  for (const name of await fs.readdir(paths.snapshots).catch(() => [])) {
    await context.disk.removeTree(path.join(paths.snapshots, name));
  }
}

async function holdsFiles(folder: string): Promise<boolean> {
  const stats = await fs.lstat(folder).catch(() => undefined);
  if (stats === undefined) return false;
  if (!stats.isDirectory()) return true;
  for (const item of await fs.readdir(folder, { withFileTypes: true })) {
    if (!item.isDirectory() || (await holdsFiles(path.join(folder, item.name)))) return true;
  }
  return false;
}

/** Removes folders that became empty, going up to but not including `top`. */
async function removeEmptyUpTo(context: CacheContext, folder: string, top: string): Promise<void> {
  let current = folder;
  while (isInside(current, top) && !isSamePath(current, top)) {
    if (!(await context.disk.removeEmptyFolder(current))) return;
    current = path.dirname(current);
  }
}

/** Deletes the staging folders of processes that are gone; `evenOfLiving`: of all. Returns the real bytes. */
export async function collectStaleStaging(
  context: CacheContext,
  evenOfLiving = false,
): Promise<number> {
  const parent = path.join(context.hubRoot, locksFolderName);
  let bytes = 0;
  for (const name of (await fs.readdir(parent).catch(() => [])).filter(isStaging)) {
    const attempt = await context.locks.tryTake(name, 'clean up');
    if ('owner' in attempt && !evenOfLiving) continue;
    const folder = path.join(parent, name);
    bytes += await treeBytes(folder);
    await context.disk.removeTree(folder);
    if ('lock' in attempt) await attempt.lock.release();
  }
  return bytes;
}

/** Real bytes of a folder's files; links count nothing. */
export async function treeBytes(folder: string): Promise<number> {
  const stats = await fs.lstat(folder).catch(() => undefined);
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.nlink > 1 ? 0 : stats.blocks * 512;
  let bytes = 0;
  for (const name of await fs.readdir(folder)) bytes += await treeBytes(path.join(folder, name));
  return bytes;
}

/** See {@link StoreMaintenance.removalBytes}. */
export function removalBytes(context: CacheContext, models: readonly ModelFiles[]): number {
  // Counted together: content can have a name in each of two repositories.
  const contents: StoredContent[] = [];
  for (const repo of new Set(models.map((model) => model.repo))) {
    const found = context.find(repo);
    const going = found.snapshots.flatMap((snapshot) => {
      const paths = new Set(
        models.flatMap((model) =>
          model.repo === repo && model.commit === snapshot.commit ? model.paths : [],
        ),
      );
      return snapshot.entries.filter((entry) => paths.has(entry.path));
    });
    contents.push(...takenBy(found, new Set(going)).contents);
  }
  return freedBytes(contents);
}
