import * as fs from 'node:fs/promises';
import path from 'node:path';
import { isProcessRunning } from '../common/process';
import type { CacheContext } from './cacheContext';
import { repoParts, type RepoPaths, stagingOwner, stagingParent } from './layout';
import { hostId } from './locks';
import type { ModelFiles } from './modelStore';
import type { CachedEntry, CachedRepo, StoredContent } from './repoReader';
import { escapeProblem } from './safePath';

/*
 * Removing files of a snapshot:
 *
 *   planRemoval     pure: which refs, entries and blobs go, and the bytes that come free
 *   executeRemoval  refs, then entries, then blobs: a kill leaves unused bytes, never a link to nothing
 *   removeEmptySnapshot, collectGarbage   the commit's folder, then the repository's, when they are empty
 *   collectStaleStaging                   what a killed process left in the staging folder
 */

/** What removing some files of a snapshot deletes, worked out before the first change. */
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
  return [...new Set(folders)].filter((folder) => escapeProblem(folder) === undefined);
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

/** What `partial/` may hold that is not worth keeping: our temporary files, and journals whose partial is gone. */
const leftover = /^(?:[0-9a-f-]{36}\.tmp|[0-9a-f]{40,64}\.json(?:\.tmp)?)$/;
/** A staging folder that has not changed for so long was left by a process that ended. */
const abandonedMs = 60 * 60_000;

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
  for (const revision of plan.refs) {
    await context.disk.remove(paths.ref(revision));
    await removeEmptyUpTo(context, path.dirname(paths.ref(revision)), paths.refs);
  }
  const snapshot = paths.snapshot(plan.commit);
  for (const entry of plan.entries) {
    await context.disk.remove(paths.entry(plan.commit, entry));
  }
  for (const folder of plan.folders) {
    await removeEmptyUpTo(context, paths.entry(plan.commit, folder), snapshot);
  }
  for (const name of plan.blobs) await context.disk.remove(paths.blob(name));
  if (plan.emptiesSnapshot) await removeEmptySnapshot(context, repo, plan.commit);
  await collectGarbage(context, repo);
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
  if (found.refs.some((ref) => ref.commit === commit)) return;
  const snapshot = found.snapshots.find((one) => one.commit === commit);
  if (snapshot !== undefined && snapshot.entries.length > 0) return;
  await context.disk.removeEmptyFolder(paths.snapshot(commit));
  await context.disk.remove(paths.tree(commit)).catch(() => false);
  await context.disk.removeTree(path.join(paths.folder, '.no_exist', commit));
}

/** Removes a repository's folder when it holds nothing of worth: renamed into the staging folder, then deleted. */
export async function collectGarbage(context: CacheContext, repo: string): Promise<void> {
  const paths = context.pathsOf(repo);
  if (!(await isWorthless(context, repo, paths))) return;
  const trash = await context.stagingFolder();
  await context.disk.rename(paths.folder, trash);
  await context.disk.removeTree(trash);
}

async function isWorthless(
  context: CacheContext,
  repo: string,
  paths: RepoPaths,
): Promise<boolean> {
  const names = await fs.readdir(paths.folder).catch(() => undefined);
  if (names === undefined) return false;
  if (names.some((name) => !repoParts.some((part) => part === name))) return false;
  const found = context.find(repo);
  if (!found.isReadable) return false;
  if (found.blobs.size > 0 || found.partials.length > 0 || found.refs.length > 0) return false;
  if (found.snapshots.some((snapshot) => snapshot.entries.length > 0)) return false;
  for (const part of ['blobs', 'refs', 'snapshots'] as const) {
    if (await holdsFiles(path.join(paths.folder, part))) return false;
  }
  const partials = await fs.readdir(paths.partial).catch(() => []);
  if (partials.some((name) => !leftover.test(name))) return false;
  return !(await context.isDownloading(repo));
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
  while (current.startsWith(top + path.sep)) {
    if (!(await context.disk.removeEmptyFolder(current))) return;
    current = path.dirname(current);
  }
}

/** Deletes staging folders of dead processes; `evenOfLiving`: of all processes. Returns the real bytes. */
export async function collectStaleStaging(
  context: CacheContext,
  nowMs: number,
  evenOfLiving = false,
): Promise<number> {
  const parent = path.join(context.hubRoot, stagingParent);
  let bytes = 0;
  for (const name of await fs.readdir(parent).catch(() => [])) {
    const owner = stagingOwner(name);
    if (owner === undefined) continue;
    const folder = path.join(parent, name);
    const stats = await fs.lstat(folder).catch(() => undefined);
    if (stats === undefined) continue;
    const isDead = owner.hostId === hostId() && !isProcessRunning(owner.pid);
    if (!evenOfLiving && !isDead && nowMs - stats.mtimeMs < abandonedMs) continue;
    bytes += await treeBytes(folder);
    await context.disk.removeTree(folder);
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
