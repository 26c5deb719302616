import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { CacheContext } from './cacheContext';
import { cleanUpOne, compactLedger, orphanBlobs, ownEntries } from './cleanUp';
import { cacheTagName, cacheTagText, stagingParent } from './layout';
import { executeRemoval, sweepStaging } from './removal';
import { planRemoval, takenBy } from './removalPlan';

/** See {@link StoreMaintenance.clearBytes}. */
export async function clearBytes(context: CacheContext): Promise<number> {
  const { repos } = await context.scanner.findAll();
  let bytes = 0;
  for (const found of repos) {
    const going = found.snapshots.flatMap((snapshot) => {
      const own = new Set(ownEntries(context, found, snapshot));
      return snapshot.entries.filter((entry) => own.has(entry.path));
    });
    bytes += takenBy(found, new Set(going)).bytes;
    for (const item of orphanBlobs(context, found)) bytes += item.bytes;
    for (const partial of found.partials) bytes += partial.diskBytes;
  }
  return bytes;
}

/** See {@link StoreMaintenance.clear}. */
export async function clearCache(context: CacheContext): Promise<number> {
  const { repos } = await context.scanner.findAll();
  let bytes = await sweepStaging(context, context.clock.wallMs());
  for (const { repo } of repos) {
    bytes += await context.changing(repo, () => clearRepo(context, repo));
  }
  await compactLedger(context);
  return bytes;
}

/** Removes what is ours of one repository. The caller holds its lock. */
export async function clearRepo(context: CacheContext, repo: string): Promise<number> {
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
  for (const item of orphanBlobs(context, context.find(repo))) {
    bytes += await cleanUpOne(context, item);
  }
  for (const { digest, diskBytes, modifiedMs } of context.find(repo).partials) {
    bytes += await cleanUpOne(context, {
      kind: 'partial',
      repo,
      name: digest.hex,
      bytes: diskBytes,
      modifiedMs,
    });
  }
  return bytes;
}

/** See {@link StoreMaintenance.removeEverything}. */
export async function removeEverything(context: CacheContext): Promise<number> {
  let bytes = 0;
  for (const folder of await context.folders.all()) {
    const there = folder.path === context.hubRoot ? context : context.at(folder.path, false);
    bytes += await clearCache(there);
    await removeRoot(there);
    await there.disk.remove(there.ledger.file);
    await context.folders.forget(folder.path);
  }
  return bytes;
}

/** Removes the cache's folder itself when only our tag is left in it. */
export async function removeRoot(context: CacheContext): Promise<void> {
  await context.disk.removeEmptyFolder(path.join(context.hubRoot, stagingParent));
  const names = await fs.readdir(context.hubRoot).catch(() => []);
  if (names.some((name) => name !== cacheTagName)) return;
  const tag = path.join(context.hubRoot, cacheTagName);
  const text = await fs.readFile(tag, 'utf8').catch(() => '');
  if (text === cacheTagText) await context.disk.remove(tag);
  await context.disk.removeEmptyFolder(context.hubRoot);
}
