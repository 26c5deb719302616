import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { CacheContext } from './cacheContext';
import { cleanUpOne, compactLedger, orphanBlobs, ownEntries } from './cleanUp';
import { errnoOf } from './diskError';
import { cacheTagName, cacheTagText, repoOfFolder, stagingParent } from './layout';
import { executeRemoval, collectStaleStaging, collectGarbage } from './removal';
import type { StoredContent } from './cachedRepo';
import { freedBytes, planRemoval, takenBy } from './removalPlan';

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
    for (const item of orphanBlobs(context, found)) {
      const content = 'name' in item ? found.blobs.get(item.name) : undefined;
      if (content !== undefined) contents.push(content);
    }
    for (const partial of found.partials) partialBytes += partial.diskBytes;
  }
  return { contents, partialBytes };
}

/** See {@link StoreMaintenance.clear}. */
export async function clearCache(context: CacheContext): Promise<number> {
  const { repos } = await context.scanner.findAll();
  let bytes = await collectStaleStaging(context, context.clock.wallMs());
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
  // An earlier removal may have been killed between its last file and the folders that held it.
  await collectGarbage(context, repo);
  return bytes;
}

/** How systems refuse to remove a folder that is empty: it is where a disk is mounted, or its parent is not ours. */
const keptErrors = new Set(['EBUSY', 'EACCES', 'EPERM']);

/**
 * Removes our tag where no model is left, and the folder itself when nothing else is in it and the system lets us;
 * then it is forgotten.
 */
export async function removeRoot(context: CacheContext): Promise<void> {
  await context.disk.removeEmptyFolder(path.join(context.hubRoot, stagingParent));
  const names = await fs.readdir(context.hubRoot).catch(() => []);
  if (names.some((name) => repoOfFolder(name) !== undefined)) return;
  const tag = path.join(context.hubRoot, cacheTagName);
  const text = await fs.readFile(tag, 'utf8').catch(() => '');
  if (text === cacheTagText) await context.disk.remove(tag);
  try {
    // False where a person keeps something of their own in it.
    await context.disk.removeEmptyFolder(context.hubRoot);
  } catch (error) {
    if (!keptErrors.has(errnoOf(error) ?? '')) throw error;
  }
  await context.folders.forget(context.hubRoot);
}
