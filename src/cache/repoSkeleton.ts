import * as fs from 'node:fs/promises';
import type { CacheContext } from './cacheContext';
import { errnoOf } from './diskError';
import { repoPathsAt, type RepoPaths } from './layout';
import type { SnapshotSpec } from './preparedSnapshot';
import { parseTree, treeText } from './treeFile';

/**
 * Makes a repository's folders and writes the commit's file list, before any file of it. A new repository appears by
 * one rename with its `snapshots` in it, because other tools call a folder without one corrupted
 * (docs/hub-protocol.md section 5.2).
 */
export async function makeRepo(context: CacheContext, spec: SnapshotSpec): Promise<RepoPaths> {
  const paths = context.pathsOf(spec.repo);
  if (!(await exists(paths.folder)) && (await stageRepo(context, spec, paths))) return paths;
  await fillRepo(context, spec, paths);
  return paths;
}

async function stageRepo(
  context: CacheContext,
  spec: SnapshotSpec,
  paths: RepoPaths,
): Promise<boolean> {
  const staging = await context.stagingFolder();
  await fillRepo(context, spec, repoPathsAt(staging));
  try {
    await context.disk.rename(staging, paths.folder);
    await context.disk.flushFolder(context.hubRoot);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    await context.disk.removeTree(staging);
    if (await exists(paths.folder)) return false;
    throw error;
  }
}

async function fillRepo(
  context: CacheContext,
  spec: SnapshotSpec,
  paths: RepoPaths,
): Promise<void> {
  for (const folder of [paths.snapshots, paths.partial, paths.blobs, paths.refs, paths.trees]) {
    await context.disk.makeFolder(folder);
  }
  await ensureTree(context, spec, paths);
  await context.disk.makeFolder(paths.snapshot(spec.commit));
}

/** Writes the commit's file list, unless the one that is there says the same. */
export async function ensureTree(
  context: CacheContext,
  spec: SnapshotSpec,
  paths: RepoPaths,
): Promise<void> {
  if (spec.treeIsIncomplete === true) return;
  const text = await fs.readFile(paths.tree(spec.commit), 'utf8').catch(() => '');
  const known = parseTree(text);
  if (known !== undefined && treeText(known) === treeText(spec.tree)) return;
  await context.disk.makeFolder(paths.trees);
  await context.disk.writeWhole(paths.tree(spec.commit), treeText(spec.tree), paths.partial);
}

async function exists(place: string): Promise<boolean> {
  return await fs.lstat(place).then(
    () => true,
    () => false,
  );
}
