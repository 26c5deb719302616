import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseDigest } from '../common/digest';
import { blobLockPrefix, type CacheContext } from './cacheContext';
import type { CleanUpItem } from './maintenance';
import {
  executeRemoval,
  removeEmptySnapshot,
  collectStaleStaging,
  collectGarbage,
} from './removal';
import { assertSnapshotName, assertStoredRepo } from './safePath';
import { freedBytes, planRemoval } from './removalPlan';
import type { CachedRepo, CachedSnapshot } from './cachedRepo';

/** See {@link StoreMaintenance.cleanUpItems}. */
export async function findCleanUpItems(
  context: CacheContext,
  isInUse: (repo: string, commit: string) => boolean,
): Promise<readonly CleanUpItem[]> {
  const { repos } = await context.scanner.findAll();
  const items: CleanUpItem[] = [];
  for (const found of repos) {
    items.push(...oldRevisions(context, found, isInUse), ...orphanBlobs(context, found));
    for (const { digest, diskBytes, modifiedMs } of found.partials) {
      if ((await context.locks.ownerOf(blobLockPrefix + digest.hex)) !== undefined) continue;
      items.push({
        kind: 'partial',
        repo: found.repo,
        name: digest.hex,
        bytes: diskBytes,
        modifiedMs,
      });
    }
  }
  return items;
}

/** Snapshots that no ref names, beside one that a ref names: what an update left behind. */
function oldRevisions(
  context: CacheContext,
  found: CachedRepo,
  isInUse: (repo: string, commit: string) => boolean,
): readonly CleanUpItem[] {
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

/** Blobs of ours that no snapshot leads to. */
export function orphanBlobs(context: CacheContext, found: CachedRepo): readonly CleanUpItem[] {
  const used = new Set(
    found.snapshots.flatMap((one) => one.entries.map((entry) => entry.blobName)),
  );
  return [...found.blobs].flatMap(([name, content]) => {
    const ours = context.ownsRoot || context.ledger.isOwn(content.key);
    if (used.has(name) || parseDigest(name) === undefined || !ours) return [];
    const { mtimeMs: modifiedMs } = content;
    const bytes = freedBytes([content]);
    return [{ kind: 'orphanBlob' as const, repo: found.repo, name, bytes, modifiedMs }];
  });
}

/** The entries of a snapshot that are ours to remove. */
export function ownEntries(
  context: CacheContext,
  found: CachedRepo,
  snapshot: CachedSnapshot,
): readonly string[] {
  const entries = snapshot.entries.map((entry) => entry.path);
  if (context.ownsRoot) return entries;
  const folder = path.basename(found.paths.folder);
  return entries.filter((entry) =>
    context.ledger.isOwn(`${folder}/snapshots/${snapshot.commit}/${entry}`),
  );
}

/** See {@link StoreMaintenance.cleanUp}. What has come into use since it was offered is left alone. */
export async function cleanUp(
  context: CacheContext,
  items: readonly CleanUpItem[],
): Promise<number> {
  let bytes = await collectStaleStaging(context, context.clock.wallMs());
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
  await context.ledger.compact((key) =>
    fs.lstat(path.join(context.hubRoot, ...key.split('/'))).then(
      () => true,
      () => false,
    ),
  );
}

/** Removes one item, if it still is one. The caller holds the repository's lock. */
export async function cleanUpOne(context: CacheContext, item: CleanUpItem): Promise<number> {
  const found = context.find(item.repo);
  if (item.kind === 'oldRevision') {
    if (found.refs.some((ref) => ref.commit === item.commit)) return 0;
    const plan = planRemoval(found, item.commit, undefined);
    await executeRemoval(context, item.repo, plan);
    return plan.reclaimedBytes;
  }
  if (parseDigest(item.name) === undefined) return 0;
  return item.kind === 'partial'
    ? await removePartial(context, found, item.name)
    : await removeOrphan(context, found, item.name);
}

async function removePartial(
  context: CacheContext,
  found: CachedRepo,
  name: string,
): Promise<number> {
  const partial = found.partials.find((one) => one.digest.hex === name);
  if (partial === undefined) return 0;
  const attempt = await context.locks.tryTake(blobLockPrefix + name, 'clean up');
  if ('owner' in attempt) return 0;
  try {
    await context.disk.remove(found.paths.partialFile(name));
    await context.disk.remove(found.paths.journal(name));
  } finally {
    await attempt.lock.release();
  }
  for (const { commit } of found.snapshots) await removeEmptySnapshot(context, found.repo, commit);
  await collectGarbage(context, found.repo);
  return partial.diskBytes;
}

async function removeOrphan(
  context: CacheContext,
  found: CachedRepo,
  name: string,
): Promise<number> {
  const isStill = orphanBlobs(context, found).some((item) => 'name' in item && item.name === name);
  const content = found.blobs.get(name);
  if (!isStill || content === undefined) return 0;
  await context.disk.remove(found.paths.blob(name));
  await collectGarbage(context, found.repo);
  return freedBytes([content]);
}
