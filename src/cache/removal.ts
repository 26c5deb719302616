import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { CacheContext } from './cacheContext';
import { stagingParent, stagingOwner, repoParts, type RepoPaths } from './layout';
import { hostId, isRunning } from './lockOwner';
import type { RemovalPlan } from './removalPlan';

/** What `partial/` may hold that is not worth keeping: our temporary files, and journals whose partial is gone. */
const leftover = /^(?:[0-9a-f-]{36}\.tmp|[0-9a-f]{40,64}\.json(?:\.tmp)?)$/;
/** What is being put together or taken apart for so long was abandoned by a process that ended. */
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

/** Removes a commit's folder and file list when no entry is left in it and nobody is filling it. */
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

/** Removes a repository's folder when nothing of worth is in it. It goes in one rename, and is taken apart aside. */
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

/** Takes apart what a killed process left aside; `whoever`: what a living one has there too. Returns the real bytes. */
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
    const isDead = owner.hostId === hostId() && !isRunning(owner.pid);
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
