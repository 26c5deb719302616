import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseDigest } from '../common/digest';
import { errnoOf } from '../common/fileErrors';
import { isRefusal } from '../common/fileInUse';
import { below, lastName } from '../common/paths';
import type { CacheContext } from './cacheContext';
import { exists } from './disk';
import { cacheTagName, cacheTagText, locksFolderName, repoOfFolder } from './layout';
import type { CleanUpItem } from './modelStore';
import { compactSums } from './pieceSums';
import {
  collectGarbage,
  collectStaleStaging,
  executeRemoval,
  freedBytes,
  planRemoval,
  removeEmptySnapshot,
  takenBy,
} from './removal';
import { readRegularFile } from './regularFile';
import type { CachedRepo, CachedSnapshot, StoredContent } from './repoReader';
import { assertSnapshotName, assertStoredRepo } from './safePath';

/*
 * Three amounts that may be removed. How files are removed: removal.ts.
 *
 *   findCleanUpItems, cleanUp   old revisions, orphan blobs and partials, those that a person chose
 *   clearBytes, clearCache      everything of ours in one cache, a repository at a time: the files of its snapshots,
 *                               then orphan blobs, then partials, then empty folders
 *   removeRoot                  the cache's own folder, once no model is left in it
 */

/** See {@link StoreMaintenance.cleanUpItems}. */
export async function findCleanUpItems(
  context: CacheContext,
  isInUse: (repo: string, commit: string) => boolean,
): Promise<readonly CleanUpItem[]> {
  const { repos } = await context.scanner.findAll();
  const owners = await context.locks.ownersOfSets();
  const inWork = new Set(owners.flatMap((owner) => owner.names ?? []));
  const items: CleanUpItem[] = [];
  for (const found of repos) {
    items.push(...oldRevisions(context, found, isInUse));
    items.push(...orphanItems(context, found));
    items.push(...partialItems(found, inWork));
  }
  return items;
}

/** Snapshots that no ref names, in a repository that has one with a ref: what an update left behind. */
function oldRevisions(
  context: CacheContext,
  found: CachedRepo,
  isInUse: (repo: string, commit: string) => boolean,
): readonly CleanUpItem[] {
  // A ref that could not be read may name any of them.
  if (!found.isReadable) return [];
  const named = new Set(found.refs.map((ref) => ref.commit));
  if (!found.snapshots.some((snapshot) => named.has(snapshot.commit))) return [];
  return found.snapshots.flatMap((snapshot) => {
    const { commit, modifiedMs, entries } = snapshot;
    const ours = ownEntries(context, found, snapshot);
    if (named.has(commit) || entries.length === 0 || ours.length < entries.length) return [];
    if (isInUse(found.repo, commit)) return [];
    const bytes = planRemoval(found, commit, undefined).reclaimedBytes;
    return [{ kind: 'oldRevision' as const, repo: found.repo, commit, bytes, modifiedMs }];
  });
}

function orphanItems(context: CacheContext, found: CachedRepo): readonly CleanUpItem[] {
  return orphanBlobs(context, found).map(([name, content]) => ({
    kind: 'orphanBlob',
    repo: found.repo,
    name,
    bytes: freedBytes([content]),
    modifiedMs: content.mtimeMs,
  }));
}

/** Partials that no download holds. */
function partialItems(found: CachedRepo, inWork: ReadonlySet<string>): readonly CleanUpItem[] {
  return found.partials
    .filter(({ digest }) => !inWork.has(digest.hex))
    .map(({ digest, diskBytes, modifiedMs }) => ({
      kind: 'partial',
      repo: found.repo,
      name: digest.hex,
      bytes: diskBytes,
      modifiedMs,
    }));
}

/** Blobs of ours that no snapshot leads to, with their names. */
function orphanBlobs(
  context: CacheContext,
  found: CachedRepo,
): readonly (readonly [name: string, content: StoredContent])[] {
  const used = new Set(
    found.snapshots.flatMap((one) => one.entries.map((entry) => entry.blobName)),
  );
  return [...found.blobs].filter(
    ([name, { key }]) =>
      !used.has(name) &&
      parseDigest(name) !== undefined &&
      (context.ownsRoot || context.ledger.isOwn(key)),
  );
}

/**
 * The entries of a snapshot that are ours to remove: those that we made, and in our own storage also what the commit's
 * list names and what leads to a blob. A file that a person put there is none of these.
 */
export function ownEntries(
  context: CacheContext,
  found: CachedRepo,
  snapshot: CachedSnapshot,
): readonly string[] {
  const folder = path.basename(found.paths.folder);
  const listed = new Set(snapshot.tree?.map((entry) => entry.path));
  return snapshot.entries
    .filter(
      ({ path: entry, blobName, content }) =>
        context.ledger.isOwn([folder, 'snapshots', snapshot.commit, entry].join('/')) ||
        (context.ownsRoot &&
          (listed.has(entry) || blobName !== undefined || content === undefined)),
    )
    .map((entry) => entry.path);
}

/** See {@link StoreMaintenance.cleanUp}. What has come into use since it was offered is left alone. */
export async function cleanUp(
  context: CacheContext,
  items: readonly CleanUpItem[],
): Promise<number> {
  let bytes = await collectStaleStaging(context);
  for (const item of items) {
    assertStoredRepo(item.repo);
    if (item.kind === 'oldRevision') assertSnapshotName(item.commit);
    bytes += await context.changing(item.repo, () => cleanUpOne(context, item));
  }
  await compactLedger(context);
  return bytes;
}

/** Drops what the ledger remembers of files that are gone. */
export async function compactLedger(context: CacheContext): Promise<void> {
  await context.ledger.compact((key) => exists(below(context.hubRoot, key)));
  // A damaged file's digest is that of its name, not of its bytes.
  const kept = new Set(
    context.ledger.entries().flatMap((entry) => [entry.hex, lastName(entry.path)]),
  );
  await compactSums(context, (hex) => kept.has(hex));
}

/** Removes one item, if it still is one. The caller holds the repository's lock. */
async function cleanUpOne(context: CacheContext, item: CleanUpItem): Promise<number> {
  if (item.kind === 'oldRevision') {
    const found = context.find(item.repo);
    if (!found.isReadable || found.refs.some((ref) => ref.commit === item.commit)) return 0;
    const plan = planRemoval(found, item.commit, undefined);
    await executeRemoval(context, item.repo, plan);
    return plan.reclaimedBytes;
  }
  return item.kind === 'partial'
    ? await removePartial(context, item.repo, item.name)
    : await removeOrphan(context, item.repo, item.name);
}

async function removePartial(context: CacheContext, repo: string, name: string): Promise<number> {
  const found = context.find(repo);
  const partial = found.partials.find((one) => one.digest.hex === name);
  if (partial === undefined) return 0;
  const attempt = await context.locks.tryTakeAll([name], 'clean up');
  if ('owner' in attempt) return 0;
  try {
    await context.disk.remove(found.paths.partialFile(name));
    await context.disk.remove(found.paths.journal(name));
  } finally {
    await attempt.lock.release();
  }
  for (const { commit } of found.snapshots) await removeEmptySnapshot(context, repo, commit);
  await collectGarbage(context, repo);
  return partial.diskBytes;
}

async function removeOrphan(context: CacheContext, repo: string, name: string): Promise<number> {
  const found = context.find(repo);
  const orphan = orphanBlobs(context, found).find(([blob]) => blob === name);
  if (orphan === undefined) return 0;
  await context.disk.remove(found.paths.blob(name));
  await collectGarbage(context, repo);
  return freedBytes([orphan[1]]);
}

/** See {@link StoreMaintenance.clearBytes}. */
export async function clearBytes(context: CacheContext): Promise<number> {
  const { contents, partialBytes } = await goingContents(context);
  return freedBytes(contents) + partialBytes;
}

/** All content of ours, each name of it once, and the bytes of partials. */
export async function goingContents(
  context: CacheContext,
): Promise<{ readonly contents: readonly StoredContent[]; readonly partialBytes: number }> {
  const { repos } = await context.scanner.findAll();
  const contents: StoredContent[] = [];
  let partialBytes = 0;
  for (const found of repos) {
    const going = found.snapshots.flatMap((snapshot) => {
      const own = new Set(ownEntries(context, found, snapshot));
      return snapshot.entries.filter((entry) => own.has(entry.path));
    });
    contents.push(...takenBy(found, new Set(going)).contents);
    for (const [, content] of orphanBlobs(context, found)) contents.push(content);
    for (const partial of found.partials) partialBytes += partial.diskBytes;
  }
  return { contents, partialBytes };
}

/** See {@link StoreMaintenance.clear}. One that refuses keeps no other one; its error is the end's. */
export async function clearCache(context: CacheContext): Promise<number> {
  const { repos } = await context.scanner.findAll();
  let bytes = await collectStaleStaging(context);
  const refusals: unknown[] = [];
  for (const { repo } of repos) {
    try {
      bytes += await context.changing(repo, () => clearRepo(context, repo));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      refusals.push(error);
    }
  }
  await compactLedger(context);
  if (refusals.length > 0) throw refusals[0];
  return bytes;
}

/** Removes what is ours of one repository. The caller holds its lock. */
export async function clearRepo(context: CacheContext, repo: string): Promise<number> {
  let bytes = await clearSnapshots(context, repo);
  for (const [name] of orphanBlobs(context, context.find(repo))) {
    bytes += await removeOrphan(context, repo, name);
  }
  for (const { digest } of context.find(repo).partials) {
    bytes += await removePartial(context, repo, digest.hex);
  }
  // An earlier removal may have been killed between its last file and the folders that held it.
  await collectGarbage(context, repo);
  return bytes;
}

async function clearSnapshots(context: CacheContext, repo: string): Promise<number> {
  let bytes = 0;
  for (const { commit } of context.find(repo).snapshots) {
    const found = context.find(repo);
    const snapshot = found.snapshots.find((one) => one.commit === commit);
    if (snapshot === undefined) continue;
    const own = ownEntries(context, found, snapshot);
    if (own.length === 0 && snapshot.entries.length > 0) continue;
    const plan = planRemoval(found, commit, own);
    await executeRemoval(context, repo, plan);
    bytes += plan.reclaimedBytes;
  }
  return bytes;
}

/**
 * Removes what programs share, and our tag, where no model is left, and the folder itself when nothing else is in it
 * and the system lets us; then it is forgotten.
 */
export async function removeRoot(context: CacheContext): Promise<void> {
  const names = await fs.readdir(context.hubRoot).catch(() => []);
  if (names.some((name) => repoOfFolder(name) !== undefined)) return;
  await context.disk.removeTree(context.sharedRoot);
  await context.disk.removeEmptyFolder(path.join(context.hubRoot, locksFolderName));
  const tag = path.join(context.hubRoot, cacheTagName);
  if (readRegularFile(tag) === cacheTagText) await context.disk.remove(tag);
  try {
    // False when the folder holds files of the user.
    await context.disk.removeEmptyFolder(context.hubRoot);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // It is empty: where a disk is mounted, or in a folder that is not ours.
  }
  await context.folders.forget(context.hubRoot);
}
