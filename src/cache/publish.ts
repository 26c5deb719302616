import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../common/fileErrors';
import { isSameLink, slashedBelow } from '../common/paths';
import type { CacheContext } from './cacheContext';
import { exists } from './disk';
import { blobLinkTarget, type RepoPaths, repoPathsAt } from './layout';
import type { SnapshotSpec } from './preparedSnapshot';
import { escapeProblem } from './safePath';
import { readRegularFile } from './regularFile';
import { parseTree, treeText } from './treeFile';

/** The ledger's key of a path in the cache. */
export function ledgerKey(context: CacheContext, file: string): string {
  return slashedBelow(context.hubRoot, file);
}

/**
 * Makes the folders that a file needs, with nothing but a file at its own name. What lies in the way (a folder where a
 * file belongs, a file where a folder does) is not ours to delete: it is set aside in the repository's folder. An empty
 * folder, a pipe and a link that leads nowhere hold nothing and are removed.
 */
export async function makeWay(
  context: CacheContext,
  paths: RepoPaths,
  file: string,
): Promise<void> {
  let place = paths.folder;
  const made: string[] = [];
  for (const name of slashedBelow(paths.folder, path.dirname(file)).split('/')) {
    place = path.join(place, name);
    const stats = await fs.stat(place).catch(() => fs.lstat(place).catch(() => undefined));
    if (stats?.isDirectory() === true) continue;
    if (stats !== undefined) await setAside(context, paths, place, stats.isFile());
    made.push(place);
  }
  await context.disk.makeFolder(path.dirname(file));
  for (const folder of made) await context.disk.flushFolder(path.dirname(folder));
  const stats = await fs.lstat(file).catch(() => undefined);
  if (stats?.isDirectory() === true && !(await context.disk.removeEmptyFolder(file))) {
    await setAside(context, paths, file, true);
  }
}

async function setAside(
  context: CacheContext,
  paths: RepoPaths,
  inTheWay: string,
  holdsSomething: boolean,
): Promise<void> {
  if (!holdsSomething) {
    await context.disk.remove(inTheWay);
    return;
  }
  const folder = path.join(paths.folder, 'aside');
  const kept = path.join(folder, `${path.basename(inTheWay)}-${randomUUID()}`);
  await context.disk.makeFolder(folder);
  await context.disk.rename(inTheWay, kept);
  context.logger.warn(`${inTheWay} was in the way of a model’s file; it is now ${kept}`);
}

/**
 * Where a verified file of this digest goes: to its blob, or where links can't be made straight to its entry. A blob of a
 * time when they could be made is replaced there too: it is looked at before the entry, and others may lead to it.
 */
export async function publishPath(
  context: CacheContext,
  paths: RepoPaths,
  commit: string,
  entryPath: string,
  digestHex: string,
): Promise<string> {
  const blob = paths.blob(digestHex);
  if (await context.canSymlink(paths.partial)) return blob;
  const old = await fs.lstat(blob).catch(() => undefined);
  return old === undefined ? paths.entry(commit, entryPath) : blob;
}

/**
 * Moves a verified file to its path. The ledger is written first: a record of a file that is not there does no harm,
 * while a file without a record would be hashed again.
 */
export async function publishFile(
  context: CacheContext,
  paths: RepoPaths,
  verified: string,
  target: string,
  digestHex: string,
): Promise<void> {
  const stats = await fs.lstat(verified);
  const key = ledgerKey(context, target);
  await context.ledger.recordHash(key, stats.size, stats.mtimeMs, digestHex);
  await context.ledger.recordOwn([key]);
  await makeWay(context, paths, target);
  await context.disk.flushFile(verified);
  await context.disk.rename(verified, target);
  await context.disk.flushFolder(path.dirname(target));
}

/** Makes a snapshot's entry lead to a blob, replacing whatever file or link has its name in one step. */
export async function linkEntry(
  context: CacheContext,
  paths: RepoPaths,
  commit: string,
  entryPath: string,
  blobName: string,
): Promise<void> {
  const entry = paths.entry(commit, entryPath);
  const target = blobLinkTarget(entryPath, blobName);
  if (isSameLink(await readLink(entry), target)) return;
  await makeWay(context, paths, entry);
  await context.ledger.recordOwn([ledgerKey(context, entry)]);
  await replacing(context, paths, entry, (link) => context.disk.symlink(target, link));
  await context.disk.flushFolder(path.dirname(entry));
}

/** Gives a file a second name without a copy (hard link); false where that can't be. */
export async function hardLinkEntry(
  context: CacheContext,
  paths: RepoPaths,
  from: string,
  entry: string,
): Promise<boolean> {
  await makeWay(context, paths, entry);
  try {
    await replacing(context, paths, entry, (link) => context.disk.hardLink(from, link));
    return true;
  } catch (error) {
    // Systems without hard links say so with many errors; what is wrong in another way, the copy will say.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** Makes something new under a name that may be taken, without a moment in which the name is missing. */
async function replacing(
  context: CacheContext,
  paths: RepoPaths,
  target: string,
  make: (target: string) => Promise<void>,
): Promise<void> {
  try {
    await make(target);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    const temporary = path.join(paths.partial, `${randomUUID()}.tmp`);
    await make(temporary);
    await context.disk.rename(temporary, target);
  }
}

/** The target of a link; empty for a path that is no link. */
async function readLink(target: string): Promise<string> {
  return await fs.readlink(target).catch(() => '');
}

/** Writes a ref, only when it says something else (read-only caches stay usable); never with a newline. */
export async function writeRef(
  context: CacheContext,
  paths: RepoPaths,
  revision: string,
  commit: string,
): Promise<void> {
  const ref = paths.ref(revision);
  if (readRegularFile(ref) === commit) return;
  await makeWay(context, paths, ref);
  await context.disk.makeFolder(paths.partial);
  await context.disk.writeWhole(ref, commit, paths.partial);
  await context.disk.flushFolder(path.dirname(ref));
}

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
  return await context.withStaging(async (staging) => {
    await fillRepo(context, spec, repoPathsAt(staging));
    try {
      await context.disk.rename(staging, paths.folder);
      await context.disk.flushFolder(context.hubRoot);
      return true;
    } catch (error) {
      if (errnoOf(error) !== undefined && (await exists(paths.folder))) return false;
      throw error;
    }
  });
}

async function fillRepo(
  context: CacheContext,
  spec: SnapshotSpec,
  paths: RepoPaths,
): Promise<void> {
  for (const folder of [paths.snapshots, paths.partial, paths.blobs, paths.refs, paths.trees]) {
    await makeWay(context, paths, path.join(folder, 'file'));
  }
  await ensureTree(context, spec, paths);
  await makeWay(context, paths, paths.entry(spec.commit, 'file'));
}

/** Writes the commit's file list, unless the one that is there says the same. */
export async function ensureTree(
  context: CacheContext,
  spec: SnapshotSpec,
  paths: RepoPaths,
): Promise<void> {
  if (spec.treeIsIncomplete === true) return;
  const known = parseTree(readRegularFile(paths.tree(spec.commit)) ?? '');
  if (known !== undefined && treeText(known) === treeText(spec.tree)) return;
  await makeWay(context, paths, paths.tree(spec.commit));
  await context.disk.writeWhole(paths.tree(spec.commit), treeText(spec.tree), paths.partial);
  await context.disk.flushFolder(paths.trees);
}

/**
 * Several models can live in one repository. When one of them moves the ref to a new commit, the others' files that
 * did not change between the commits get an entry there too, so that programs that use the ref still find them. The
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
    if (escapeProblem(entry.path) !== undefined) continue;
    if (entry.blobName !== undefined) {
      await linkEntry(context, found.paths, spec.commit, entry.path, entry.blobName);
    } else {
      const from = found.paths.entry(previous, entry.path);
      await hardLinkEntry(context, found.paths, from, found.paths.entry(spec.commit, entry.path));
    }
  }
}
