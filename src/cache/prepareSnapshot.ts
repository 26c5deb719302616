import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import { blobLockPrefix, type CacheContext, moveLockName, removalPurpose } from './cacheContext';
import type { Lock } from './locks';
import type { PrepareOptions } from './modelStore';
import type { PreparedSnapshot, SnapshotSpec, TreeEntry } from './preparedSnapshot';
import { type Candidate, findCandidate, ledgerVerdict, verifyCandidates } from './presence';
import { Preparation } from './preparation';
import { collectStaleStaging } from './removal';
import { makeRepo } from './repoSkeleton';
import {
  assertContainedPaths,
  assertDigests,
  assertRepoId,
  assertRevision,
  assertWritablePaths,
} from './safePath';

/** See {@link ModelStore.prepare}. Nothing is written before every name has been checked. */
export async function prepareSnapshot(
  context: CacheContext,
  spec: SnapshotSpec,
  options: PrepareOptions,
): Promise<PreparedSnapshot> {
  const wanted = checkedEntries(spec);
  await context.makeRoot();
  await collectStaleStaging(context, context.clock.wallMs());
  const paths = await context.changing(spec.repo, () => makeRepo(context, spec));
  context.ledger.refresh();

  const locks: Lock[] = [];
  try {
    const refetch = new Set(options.refetch);
    const found = new Map<TreeEntry, Candidate>();
    for (const entry of wanted.values()) {
      const candidate = refetch.has(entry.path)
        ? undefined
        : await findCandidate(context, paths, spec.commit, entry);
      if (candidate === undefined) await lockFile(context, spec.repo, entry, locks);
      else found.set(entry, candidate);
    }
    const present = await presentPaths(context, found, options);
    for (const entry of found.keys()) {
      if (!present.has(entry.path)) await lockFile(context, spec.repo, entry, locks);
    }
    await assertNotMoving(context);
    const preparation = new Preparation(context, spec, wanted, present, locks);
    await preparation.linkPresent();
    return preparation;
  } catch (error) {
    for (const lock of locks) await lock.release();
    throw error;
  }
}

function checkedEntries(spec: SnapshotSpec): ReadonlyMap<string, TreeEntry> {
  assertRepoId(spec.repo);
  assertRevision(spec.revision, spec.commit);
  assertContainedPaths(spec.tree.map((entry) => entry.path));
  assertDigests(spec.tree);
  assertWritablePaths(spec.paths);
  const tree = new Map(spec.tree.map((entry) => [entry.path, entry]));
  return new Map(
    spec.paths.map((path) => {
      const entry = tree.get(path);
      if (entry === undefined) {
        throw new AsrError(
          'notFound',
          localized(
            '{0} has no file {1} at this revision. Choose another revision.',
            spec.repo,
            path,
          ),
        );
      }
      return [path, entry];
    }),
  );
}

async function presentPaths(
  context: CacheContext,
  found: ReadonlyMap<TreeEntry, Candidate>,
  options: PrepareOptions,
): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  const unknown: { candidate: Candidate; entry: TreeEntry }[] = [];
  for (const [entry, candidate] of found) {
    const verdict = ledgerVerdict(context, candidate, entry);
    if (verdict === undefined) unknown.push({ candidate, entry });
    else if (verdict) present.add(entry.path);
  }
  for (const entry of await verifyCandidates(context, unknown, options)) present.add(entry.path);
  return present;
}

/** Takes the lock on a file that is to be downloaded; one lock for all entries with the same bytes. */
async function lockFile(
  context: CacheContext,
  repo: string,
  entry: TreeEntry,
  locks: Lock[],
): Promise<void> {
  const name = blobLockPrefix + entry.digest.hex;
  if (locks.some((lock) => lock.name === name)) return;
  const attempt = await context.locks.tryTake(name, repo);
  if ('owner' in attempt) {
    throw new AsrError(
      'unknown',
      localized(
        '{0} is being downloaded in another window. Wait for it, or cancel it there.',
        repo,
      ),
      { details: { isBusyElsewhere: true } },
    );
  }
  locks.push(attempt.lock);
}

/** Asked after the locks are held; a move asks for them after it holds its own, so one of the two always sees the other. */
async function assertNotMoving(context: CacheContext): Promise<void> {
  const owner = await context.locks.ownerOf(moveLockName);
  if (owner === undefined) return;
  if (owner.purpose === removalPurpose) {
    throw new AsrError(
      'unknown',
      localized('All models are being removed. Wait for it to finish, then try again.'),
    );
  }
  throw new AsrError(
    'unknown',
    localized('The model folder is being moved. Wait for it to finish, then try again.'),
  );
}
