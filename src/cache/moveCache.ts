import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { defined } from '../protocol/defined';
import { AsrError, Cancelled } from '../common/asrError';
import { byteText } from '../common/byteText';
import { timedSteps } from '../common/clock';
import { type Digest, digestHasher, parseDigest } from '../common/digest';
import { freeSpace, withFileErrors } from '../common/fileErrors';
import { localized } from '../common/localizedMessage';
import { below, isInside, slashedBelow } from '../common/paths';
import type { CacheContext } from './cacheContext';
import { clearRepo, compactLedger, ownEntries, removeRoot } from './cleanUp';
import { exists } from './disk';
import { folderState } from './folderState';
import { hashFile } from './hashFile';
import { blobLinkTarget, repoFolderName, type RepoPaths, repoPathsAt } from './layout';
import type { Lock } from './locks';
import type { MoveOptions, MoveReport } from './modelStore';
import type { CachedRepo, StoredContent } from './repoReader';
import { diskTotal } from './scan';
import { treeText } from './treeFile';

/**
 * See {@link StoreMaintenance.moveTo}. Named steps in a row, each timed:
 *
 *   check   folders, locks, free space
 *   copy    each repository into a staging folder of the new cache, checked, then renamed as a whole
 *   switch  the setting names the new folder
 *   remove  our files in the old folder (not for a copy)
 *
 * A kill before `switch` leaves the old folder as it was, and the next try finds in the new one what was finished. An
 * error before it removes what was made there.
 */
export async function moveCache(
  context: CacheContext,
  newRoot: string,
  options: MoveOptions,
): Promise<MoveReport> {
  const target = context.at(path.resolve(newRoot), context.ownsRoot);
  await checkFolders(context, target);
  const lock = await context.takeCacheLock(
    'move',
    localized('The model folder is being moved. Wait for it to finish, then try again.'),
    (repo) =>
      localized('{0} is being downloaded. Wait for it or pause it, then move the folder.', repo),
  );
  try {
    const made: RepoCopy[] = [];
    const steps = await reachNewFolder(context, target, made, options);
    let reclaimedBytes = 0;
    const last = await timedSteps(context.clock, [
      [
        'remove',
        async () => {
          if (options.mode === 'move') reclaimedBytes = await removeMoved(context, made, lock);
        },
      ],
    ]);
    const movedBytes = made.reduce((sum, copy) => sum + copy.bytes, 0);
    return { movedBytes, reclaimedBytes, steps: [...steps, ...last] };
  } finally {
    await lock.release();
  }
}

/** The steps before the old folder is changed. When one fails, the repositories made in the new folder are removed. */
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
  const real = async (folder: string): Promise<string> =>
    await fs.realpath(folder).catch(() => path.resolve(folder));
  const [from, to] = [await real(context.hubRoot), await real(target.hubRoot)];
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

/** Between two file systems there are no hard links, so the new one needs space for all bytes. */
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
  const space = await freeSpace(target.hubRoot);
  if (space === undefined || neededBytes <= space.bytes) return;
  const missingBytes = neededBytes - space.bytes;
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
    if (found.linkedTo !== undefined) {
      made.push(await relink(target, found.repo, found.linkedTo));
      continue;
    }
    const copy = await withFileErrors(target.hubRoot, () =>
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

/** A model that a person keeps on another disk stays there: the new folder gets the link to it. */
async function relink(target: CacheContext, repo: string, linkedTo: string): Promise<RepoCopy> {
  const { folder } = target.pathsOf(repo);
  const isNew = !(await exists(folder));
  if (isNew) await target.disk.symlink(linkedTo, folder, 'dir');
  return { repo, bytes: 0, isNew };
}

/** Removes the repositories that a cancelled or failed move made in the new folder. */
async function rollback(target: CacheContext, made: readonly RepoCopy[]): Promise<void> {
  for (const copy of made) {
    if (copy.isNew) await target.disk.removeTree(target.pathsOf(copy.repo).folder);
  }
  await removeRoot(target);
}

/** Removes from the old folder what is in the new one; everything else stays. The lock lies in that folder. */
async function removeMoved(
  context: CacheContext,
  made: readonly RepoCopy[],
  lock: Lock,
): Promise<number> {
  let bytes = 0;
  for (const { repo } of made) {
    bytes += await context.changing(repo, async () => {
      const { linkedTo, paths } = context.find(repo);
      if (linkedTo === undefined) return await clearRepo(context, repo);
      await context.disk.remove(paths.folder);
      return 0;
    });
  }
  await compactLedger(context);
  await lock.release();
  await removeRoot(context);
  return bytes;
}

/** A repository that was copied to another cache. */
interface RepoCopy {
  readonly repo: string;
  readonly bytes: number;
  /** The other cache had nothing of it before. */
  readonly isNew: boolean;
}

interface CopyRepoOptions {
  readonly signal?: AbortSignal;
  readonly onFile: (file: string, bytes: number) => void;
}

/**
 * Copies one repository into another cache: in a staging folder and renamed as a whole when it is new there, else only
 * what is missing. File lists, blobs, entries, refs, in that order, so that a kill leaves nothing that leads nowhere.
 */
async function copyRepo(
  from: CacheContext,
  to: CacheContext,
  found: CachedRepo,
  options: CopyRepoOptions,
): Promise<RepoCopy> {
  const { repo } = found;
  return await to.changing(repo, async () => {
    const final = to.pathsOf(repo);
    const isThere = await fs.lstat(final.folder).catch(() => undefined);
    if (isThere !== undefined) {
      const bytes = await new RepoCopier(from, to, found, final, options).run();
      await to.disk.flushTree(final.folder);
      return { repo, bytes, isNew: false };
    }
    return await to.withStaging(async (staging) => {
      const bytes = await new RepoCopier(from, to, found, repoPathsAt(staging), options).run();
      await to.disk.flushTree(staging);
      await to.disk.rename(staging, final.folder);
      await to.disk.flushFolder(to.hubRoot);
      return { repo, bytes, isNew: true };
    });
  });
}

class RepoCopier {
  #bytes = 0;

  constructor(
    private readonly from: CacheContext,
    private readonly to: CacheContext,
    private readonly found: CachedRepo,
    private readonly paths: RepoPaths,
    private readonly options: CopyRepoOptions,
  ) {}

  async run(): Promise<number> {
    const { paths, found, to } = this;
    const { snapshots, blobs, refs, trees, partial } = paths;
    for (const folder of [snapshots, blobs, refs, trees, partial]) await to.disk.makeFolder(folder);
    const canLink = await to.canSymlink(partial);
    for (const { commit, tree } of found.snapshots) {
      if (tree !== undefined && !(await exists(paths.tree(commit)))) {
        await to.disk.writeWhole(paths.tree(commit), treeText(tree), partial);
      }
    }
    if (canLink) {
      for (const [name, content] of found.blobs) {
        const digest = parseDigest(name);
        if (digest !== undefined) await this.#bring(content, paths.blob(name), digest);
      }
    }
    for (const snapshot of found.snapshots) await this.#copySnapshot(snapshot, canLink);
    for (const { digest } of found.partials) await this.#copyPartial(digest.hex);
    for (const { revision, commit } of found.refs) await this.#copyRef(revision, commit);
    return this.#bytes;
  }

  async #copySnapshot(snapshot: CachedRepo['snapshots'][number], canLink: boolean): Promise<void> {
    const { commit } = snapshot;
    const { paths, to } = this;
    await to.disk.makeFolder(paths.snapshot(commit));
    const listed = new Map(snapshot.tree?.map((entry) => [entry.path, entry.digest]));
    const own: string[] = [];
    for (const entry of snapshot.entries) {
      if (entry.content === undefined) continue;
      const target = paths.entry(commit, entry.path);
      await to.disk.makeFolder(path.dirname(target));
      const digest = entry.blobName === undefined ? undefined : parseDigest(entry.blobName);
      if (canLink && entry.blobName !== undefined && digest !== undefined) {
        const link = blobLinkTarget(entry.path, entry.blobName);
        if (!(await exists(target))) await to.disk.symlink(link, target);
      } else {
        await this.#bring(entry.content, target, listed.get(entry.path) ?? digest);
      }
      const key = `${repoFolderName(this.found.repo)}/snapshots/${commit}/${entry.path}`;
      if (this.from.ownsRoot || this.from.ledger.isOwn(key)) own.push(key);
    }
    await to.ledger.recordOwn(own);
    // Its time says which of two revisions is the older one.
    await to.disk.setTime(paths.snapshot(commit), snapshot.modifiedMs);
  }

  /** Copies a file's content to its new path, checked; does nothing when it is there. */
  async #bring(content: StoredContent, target: string, digest: Digest | undefined): Promise<void> {
    const file = below(this.from.hubRoot, content.key);
    const key = this.#finalKey(target);
    const there = await fs.stat(target).catch(() => undefined);
    if (
      there !== undefined &&
      this.to.ledger.hexOf(key, there.size, there.mtimeMs) === digest?.hex
    ) {
      return;
    }
    const real = await fs.realpath(file);
    const temporary = path.join(this.paths.partial, `${randomUUID()}.tmp`);
    const known = this.from.ledger.hexOf(content.key, content.sizeBytes, content.mtimeMs);
    const hex = await this.#bringBytes(real, temporary, digest, known);
    const expected = known ?? digest?.hex;
    if (known !== undefined && hex !== undefined && hex !== expected) throw notTheSame(key);
    if (hex !== undefined) {
      const stats = await fs.stat(temporary);
      await this.to.ledger.recordHash(key, stats.size, stats.mtimeMs, hex);
    }
    if (this.from.ownsRoot || this.from.ledger.isOwn(content.key))
      await this.to.ledger.recordOwn([key]);
    await this.to.disk.rename(temporary, target);
    this.#bytes += content.sizeBytes;
  }

  /** The digest of what arrived; undefined when its expected digest is not known. */
  async #bringBytes(
    real: string,
    temporary: string,
    digest: Digest | undefined,
    known: string | undefined,
  ): Promise<string | undefined> {
    const { signal, onFile } = this.options;
    const name = path.basename(real);
    const onBytes = (bytes: number): void => onFile(name, bytes);
    const work = { onBytes, ...defined({ signal }) };
    if (signal?.aborted === true) throw new Cancelled();
    if (
      (await this.to.disk.clone(real, temporary)) ||
      (await this.to.disk.tryHardLink(real, temporary))
    ) {
      if (known !== undefined || digest === undefined) return known;
      return (await hashFile(temporary, digest.algorithm, work))?.hex;
    }
    const { size } = await fs.stat(real);
    const hasher = digest === undefined ? undefined : digestHasher(digest.algorithm, size);
    const onChunk = (chunk: Uint8Array): void => {
      hasher?.update(chunk);
    };
    await this.to.disk.copy(real, temporary, { ...work, onChunk });
    return hasher?.digest('hex');
  }

  async #copyPartial(hex: string): Promise<void> {
    const { signal } = this.options;
    const from = this.found.paths;
    for (const [source, target] of [
      [from.partialFile(hex), this.paths.partialFile(hex)],
      [from.journal(hex), this.paths.journal(hex)],
    ] as const) {
      const isFile = (await fs.lstat(source).catch(() => undefined))?.isFile() === true;
      if (!isFile || (await exists(target))) continue;
      const temporary = path.join(this.paths.partial, `${randomUUID()}.tmp`);
      await this.to.disk.copy(source, temporary, signal === undefined ? {} : { signal });
      await this.to.disk.rename(temporary, target);
    }
  }

  async #copyRef(revision: string, commit: string): Promise<void> {
    const ref = this.paths.ref(revision);
    const isNamed = this.found.snapshots.some((snapshot) => snapshot.commit === commit);
    if (!isNamed || (await exists(ref))) return;
    await this.to.disk.makeFolder(path.dirname(ref));
    await this.to.disk.writeWhole(ref, commit, this.paths.partial);
  }

  #finalKey(target: string): string {
    const inRepo = slashedBelow(this.paths.folder, target);
    return `${repoFolderName(this.found.repo)}/${inRepo}`;
  }
}

function notTheSame(key: string): AsrError {
  return new AsrError(
    'integrity',
    localized(
      '{0} did not arrive at the new folder as it left the old one. Check the disks, then move it again.',
      key,
    ),
  );
}
