import * as fs from 'node:fs/promises';
import path from 'node:path';
import { defined } from '../protocol/defined';
import { AsrError } from '../common/asrError';
import { byteText } from '../common/byteText';
import { localized } from '../common/localizedMessage';
import { blobLockPrefix, type CacheContext, moveLockName } from './cacheContext';
import { compactLedger, ownEntries } from './cleanUp';
import { clearRepo, removeRoot } from './clearCache';
import { copyRepo, type RepoCopy } from './copyRepo';
import { withDiskErrors } from './diskError';
import { folderState } from './folderState';
import type { Lock } from './locks';
import type { MoveOptions, MoveReport } from './maintenance';
import type { CachedRepo } from './cachedRepo';
import { diskTotal } from './scan';
import { timedSteps } from './timedSteps';

/**
 * See {@link StoreMaintenance.moveTo}. Every repository is copied aside at the new place, checked, and renamed in
 * whole; then the new place is made the valid one; only then is the old one emptied. A kill before that leaves the old
 * place as it was, and the next try finds at the new one what was finished.
 */
export async function moveCache(
  context: CacheContext,
  newRoot: string,
  options: MoveOptions,
): Promise<MoveReport> {
  const target = context.at(path.resolve(newRoot), context.ownsRoot);
  await checkFolders(context, target);
  const lock = await takeMoveLock(context);
  try {
    const made: RepoCopy[] = [];
    const steps = await reachNewFolder(context, target, made, options);
    let reclaimedBytes = 0;
    const last = await timedSteps(context.clock, [
      [
        'remove',
        async () => {
          if (options.mode === 'move') reclaimedBytes = await removeMoved(context, made);
        },
      ],
    ]);
    const movedBytes = made.reduce((sum, copy) => sum + copy.bytes, 0);
    return { movedBytes, reclaimedBytes, steps: [...steps, ...last] };
  } finally {
    await lock.release();
  }
}

/** All that comes before the old place is touched; what it made is taken back when it does not come to its end. */
async function reachNewFolder(
  context: CacheContext,
  target: CacheContext,
  made: RepoCopy[],
  options: MoveOptions,
): Promise<MoveReport['steps']> {
  try {
    return await timedSteps(context.clock, [
      ['check', () => checkSpace(context, target)],
      ['copy', () => copyAll(context, target, made, options)],
      ['switch', () => options.switchTo(target.hubRoot)],
    ]);
  } catch (error) {
    await rollback(target, made);
    throw error;
  }
}

async function checkFolders(context: CacheContext, target: CacheContext): Promise<void> {
  const real = async (place: string): Promise<string> =>
    await fs.realpath(place).catch(() => path.resolve(place));
  const [from, to] = [await real(context.hubRoot), await real(target.hubRoot)];
  const isInside = (inner: string, outer: string): boolean =>
    inner === outer || inner.startsWith(outer + path.sep);
  if (isInside(from, to) || isInside(to, from)) {
    throw new AsrError(
      'unsupported',
      localized(
        'The model folder can’t be moved into itself ({0}). Choose a folder outside of it.',
        to,
      ),
    );
  }
  const state = await folderState(target, { mustExist: false });
  if (state.kind !== 'ready') throw new AsrError('diskPermission', state.localizedMessage);
}

async function takeMoveLock(context: CacheContext): Promise<Lock> {
  const attempt = await context.locks.tryTake(moveLockName, 'move');
  if ('owner' in attempt) {
    throw new AsrError(
      'unknown',
      localized('The model folder is being moved. Wait for it to finish, then try again.'),
    );
  }
  const downloads = await context.locks.ownersOf(blobLockPrefix);
  const [first] = downloads;
  if (first === undefined) return attempt.lock;
  await attempt.lock.release();
  throw new AsrError(
    'unknown',
    localized(
      '{0} is being downloaded. Wait for it or pause it, then move the folder.',
      first.purpose,
    ),
  );
}

/** Ours: what other tools keep in a folder that a person shares with them stays where it is. */
async function reposToMove(context: CacheContext): Promise<readonly CachedRepo[]> {
  const { repos } = await context.scanner.findAll();
  return repos.filter(
    (found) =>
      context.ownsRoot ||
      found.partials.length > 0 ||
      found.snapshots.some((snapshot) => ownEntries(context, found, snapshot).length > 0),
  );
}

/** Where the disk can't give the files second names, the new place needs room for all of them. */
async function checkSpace(context: CacheContext, target: CacheContext): Promise<void> {
  await target.makeRoot();
  const [from, to] = await Promise.all([
    fs.stat(context.hubRoot).catch(() => undefined),
    fs.stat(target.hubRoot),
  ]);
  if (from === undefined || from.dev === to.dev) return;
  const repos = await reposToMove(context);
  const there = await target.scanner.findAll();
  const done = new Set(there.repos.map((repo) => repo.repo));
  const neededBytes = diskTotal(repos.filter((repo) => !done.has(repo.repo)));
  const stats = await fs.statfs(target.hubRoot);
  const missingBytes = neededBytes - stats.bavail * stats.bsize;
  if (missingBytes <= 0) return;
  throw new AsrError(
    'diskSpace',
    localized(
      '{0} has too little space: {1} more is needed. Free some there, or choose another folder.',
      target.hubRoot,
      byteText(missingBytes),
    ),
    { details: { missingBytes } },
  );
}

async function copyAll(
  context: CacheContext,
  target: CacheContext,
  made: RepoCopy[],
  options: MoveOptions,
): Promise<void> {
  const repos = await reposToMove(context);
  const totalBytes = repos.reduce((sum, repo) => sum + diskTotal([repo]), 0);
  let doneBytes = 0;
  for (const found of repos) {
    const startBytes = doneBytes;
    const copy = await withDiskErrors(target.hubRoot, () =>
      copyRepo(context, target, found, {
        ...defined({ signal: options.signal }),
        onFile: (file, bytes) => {
          doneBytes = Math.min(startBytes + diskTotal([found]), doneBytes + bytes);
          options.onProgress?.({ step: 'copy', doneBytes, totalBytes, currentFile: file });
        },
      }),
    );
    made.push(copy);
    doneBytes = startBytes + diskTotal([found]);
    options.onProgress?.({ step: 'copy', doneBytes, totalBytes });
  }
}

/** A move that was cancelled or failed leaves nothing of itself at the new place. */
async function rollback(target: CacheContext, made: readonly RepoCopy[]): Promise<void> {
  for (const copy of made) {
    if (copy.isNew) await target.disk.removeTree(target.pathsOf(copy.repo).folder);
  }
  await removeRoot(target);
}

/** Empties the old place of what is now at the new one; everything else there stays. */
async function removeMoved(context: CacheContext, made: readonly RepoCopy[]): Promise<number> {
  let bytes = 0;
  for (const { repo } of made) {
    bytes += await context.changing(repo, () => clearRepo(context, repo));
  }
  await compactLedger(context);
  await removeRoot(context);
  return bytes;
}
