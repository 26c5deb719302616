import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError, Cancelled, isAsrError } from '../common/asrError';
import { digestHasher } from '../common/digest';
import { errnoOf, withFileErrors } from '../common/fileErrors';
import { isOwn, isRefusal } from '../common/fileInUse';
import { localized } from '../common/localizedMessage';
import type { RepoFile } from '../common/repository';
import { type CacheContext, moveLockName, removalPurpose } from './cacheContext';
import { isCommit, type RepoPaths } from './layout';
import type { Lock } from './locks';
import type { PrepareOptions } from './modelStore';
import { recordJournalSums } from './pieceSums';
import type { PreparedFile, PreparedSnapshot, SnapshotSpec } from './preparedSnapshot';
import {
  ensureTree,
  hardLinkEntry,
  ledgerKey,
  linkEntry,
  makeRepo,
  makeWay,
  publishFile,
  publishPath,
  relinkUnchanged,
  writeRef,
} from './publish';
import {
  collectGarbage,
  collectStaleStaging,
  removeEmptySnapshot,
  removeTemporaries,
} from './removal';
import { ownPartial, salvage } from './partials';
import { findCandidate, entriesWithRightBytes, findPresent, statInside } from './presentFiles';
import { vouchedBytes } from './cachedPartials';
import {
  assertContainedPaths,
  assertDigests,
  assertRepoId,
  assertRevision,
  assertHarmlessPaths,
} from './safePath';
import { withoutUnheld } from './unheldPaths';

/** See {@link ModelStore.prepare}. Nothing is written before every name has been checked. */
export async function prepareSnapshot(
  context: CacheContext,
  asked: SnapshotSpec,
  options: PrepareOptions = {},
): Promise<PreparedSnapshot> {
  assertHarmless(asked);
  context.ledger.refresh();
  try {
    return await prepare(context, asked, options);
  } catch (error) {
    const whole = isReadOnly(error) ? await wholeAsItIs(context, asked, options) : undefined;
    if (whole === undefined) throw error;
    context.logger.info(`${asked.repo} is whole in a folder that can't be changed`);
    return whole;
  }
}

async function prepare(
  context: CacheContext,
  asked: SnapshotSpec,
  options: PrepareOptions,
): Promise<Preparation> {
  await context.makeRoot();
  const spec = await withoutUnheld(context, asked);
  const wanted = wantedEntries(spec);
  await collectStaleStaging(context);
  const paths = await context.changing(spec.repo, async () => {
    await removeTemporaries(context, spec.repo);
    return await makeRepo(context, spec);
  });
  const present = await findPresent(context, spec, wanted, options);
  const missing = [...wanted.values()].filter((entry) => !present.has(entry.path));
  const lock = missing.length === 0 ? undefined : await lockFiles(context, spec.repo, missing);
  try {
    await assertNotMoving(context);
    // How files can be published is known before the first byte is fetched.
    if (missing.length > 0) await context.canSymlink(paths.partial);
    for (const entry of missing) {
      await ownPartial(context, paths, entry.digest.hex);
      await salvage(context, paths, spec.commit, entry, options);
    }
    const preparation = new Preparation(context, spec, wanted, present, lock);
    await preparation.linkPresent();
    return preparation;
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

/** Whether a change failed because the folder can't be changed at all: a disk that is read-only, another's folder. */
function isReadOnly(error: unknown): boolean {
  if (isAsrError(error)) return error.code === 'diskPermission';
  return isRefusal(error) || errnoOf(error) === 'EROFS';
}

/** A snapshot of which every wanted file can be read at its path, so that nothing need be changed; else undefined. */
async function wholeAsItIs(
  context: CacheContext,
  spec: SnapshotSpec,
  options: PrepareOptions,
): Promise<Preparation | undefined> {
  const wanted = wantedEntries(spec);
  const present = await findPresent(context, spec, wanted, options);
  const paths = context.pathsOf(spec.repo);
  for (const { path: filePath, sizeBytes } of wanted.values()) {
    const stats = await statInside(context.hubRoot, paths.entry(spec.commit, filePath));
    if (!present.has(filePath) || stats?.size !== sizeBytes) return undefined;
  }
  return new Preparation(context, spec, wanted, present, undefined, true);
}

function assertHarmless(spec: SnapshotSpec): void {
  assertRepoId(spec.repo);
  assertRevision(spec.revision, spec.commit);
  assertContainedPaths(spec.tree.map((entry) => entry.path));
  assertDigests(spec.tree);
  assertHarmlessPaths(spec.paths);
}

function wantedEntries(spec: SnapshotSpec): ReadonlyMap<string, RepoFile> {
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

/** Takes the lock on the files that are to be downloaded: one for all of them, since a model can have thousands. */
async function lockFiles(
  context: CacheContext,
  repo: string,
  missing: readonly RepoFile[],
): Promise<Lock> {
  const digests = [...new Set(missing.map((entry) => entry.digest.hex))];
  const attempt = await context.locks.tryTakeAll(digests, repo);
  if ('lock' in attempt) return attempt.lock;
  throw new AsrError(
    'unknown',
    localized('{0} is being downloaded in another window. Wait for it, or cancel it there.', repo),
    { details: { isBusyElsewhere: true } },
  );
}

/**
 * Called when the locks are held. A move checks for them when it holds its own lock, so one of the two always sees the
 * other.
 */
async function assertNotMoving(context: CacheContext): Promise<void> {
  const owner = await context.locks.ownerOf(moveLockName);
  if (owner === undefined) return;
  const text =
    owner.purpose === removalPurpose
      ? localized('All models are being removed. Wait for it to finish, then try again.')
      : localized('The model folder is being moved. Wait for it to finish, then try again.');
  throw new AsrError('unknown', text);
}

/** A snapshot that is being filled: see {@link PreparedSnapshot}. */
class Preparation implements PreparedSnapshot {
  readonly spec: SnapshotSpec;
  readonly snapshotPath: string;
  readonly #context: CacheContext;
  readonly #paths: RepoPaths;
  readonly #wanted: ReadonlyMap<string, RepoFile>;
  readonly #present: Set<string>;
  /** As it was when this began: what an earlier download left. */
  readonly #partialBytes: ReadonlyMap<string, number>;
  /** Absent when no file is missing. */
  readonly #lock: Lock | undefined;
  /** Nothing can be changed, and nothing need be. */
  readonly #isReadOnly: boolean;
  readonly lost: AbortSignal;

  constructor(
    context: CacheContext,
    spec: SnapshotSpec,
    wanted: ReadonlyMap<string, RepoFile>,
    present: ReadonlySet<string>,
    lock: Lock | undefined,
    isReadOnly = false,
  ) {
    this.spec = spec;
    this.#context = context;
    this.#paths = context.pathsOf(spec.repo);
    this.snapshotPath = this.#paths.snapshot(spec.commit);
    this.#wanted = wanted;
    this.#present = new Set(present);
    this.#lock = lock;
    this.lost = lock?.lost ?? new AbortController().signal;
    this.#isReadOnly = isReadOnly;
    const missing = [...wanted.values()].filter(({ path: filePath }) => !present.has(filePath));
    this.#partialBytes = new Map(
      missing.map((entry) => [entry.path, vouchedBytes(this.#paths, entry.digest.hex)]),
    );
  }

  get files(): readonly PreparedFile[] {
    return [...this.#wanted.values()].map((entry) => ({
      entry,
      state: this.#present.has(entry.path) ? 'present' : 'missing',
      partialPath: this.#paths.partialFile(entry.digest.hex),
      journalPath: this.#paths.journal(entry.digest.hex),
      partialBytes: this.#partialBytes.get(entry.path) ?? 0,
    }));
  }

  async publish(filePath: string): Promise<void> {
    const entry = this.#entry(filePath);
    await this.#changing(async () => {
      const partial = this.#paths.partialFile(entry.digest.hex);
      const stats = await fs.lstat(partial).catch(() => undefined);
      if (stats === undefined) {
        if (await this.#isThere(entry)) return;
        throw this.#notRight(entry);
      }
      // It may share its bytes with a file that was adopted; another user could still change theirs.
      const isRight = stats.isFile() && isOwn(stats) && stats.size === entry.sizeBytes;
      if (!isRight) throw this.#notRight(entry);
      await ensureTree(this.#context, this.spec, this.#paths);
      await this.#publish(entry);
    });
  }

  async complete(): Promise<void> {
    const { repo, commit, revision } = this.spec;
    if (this.#isReadOnly) return;
    await this.#changing(async () => {
      for (const entry of this.#wanted.values()) {
        if (!(await this.#isThere(entry))) throw this.#notRight(entry);
      }
      await ensureTree(this.#context, this.spec, this.#paths);
      if (isCommit(revision)) return;
      await relinkUnchanged(this.#context, this.spec);
      await writeRef(this.#context, this.#paths, revision, commit);
    });
    this.#context.logger.info(`${repo} is complete at ${commit}`);
  }

  async discardPartials(): Promise<void> {
    const { repo, commit } = this.spec;
    await this.#changing(async () => {
      const missing = [...this.#wanted.values()].filter(({ path: one }) => !this.#present.has(one));
      const files = missing.flatMap(({ digest: { hex } }) => [
        this.#paths.partialFile(hex),
        this.#paths.journal(hex),
      ]);
      // Together: a model can have thousands of files.
      await Promise.all(files.map((file) => this.#context.disk.remove(file)));
      await this.release();
      await removeEmptySnapshot(this.#context, repo, commit);
      await collectGarbage(this.#context, repo);
    });
  }

  async release(): Promise<void> {
    await this.#lock?.release();
  }

  /** Moves the verified partial to its path, and links every wanted entry that has the same bytes. */
  async #publish(entry: RepoFile): Promise<void> {
    const { hex } = entry.digest;
    const { commit } = this.spec;
    const target = await publishPath(this.#context, this.#paths, commit, entry.path, hex);
    await publishFile(this.#context, this.#paths, this.#paths.partialFile(hex), target, hex);
    for (const same of this.#wanted.values()) {
      if (same.digest.hex === hex) await this.#makeEntry(same, target);
    }
    await recordJournalSums(this.#context, this.#paths.journal(hex), entry.sizeBytes);
    await this.#context.disk.remove(this.#paths.journal(hex));
  }

  /** Makes a wanted entry lead to bytes that are there and right. */
  async #makeEntry(entry: RepoFile, file: string): Promise<void> {
    const { commit } = this.spec;
    const target = this.#paths.entry(commit, entry.path);
    const canLink = await this.#context.canSymlink(this.#paths.partial);
    if (canLink && path.dirname(file) === this.#paths.blobs) {
      await linkEntry(this.#context, this.#paths, commit, entry.path, path.basename(file));
    } else if (
      file !== target &&
      !(await hardLinkEntry(this.#context, this.#paths, file, target))
    ) {
      await this.#copyEntry(file, target);
    }
    if (!canLink) {
      const stats = await fs.stat(target);
      const key = ledgerKey(this.#context, target);
      await this.#context.ledger.recordHash(key, stats.size, stats.mtimeMs, entry.digest.hex);
    }
    this.#present.add(entry.path);
  }

  async #copyEntry(file: string, target: string): Promise<void> {
    await makeWay(this.#context, this.#paths, target);
    const temporary = path.join(this.#paths.partial, `${randomUUID()}.tmp`);
    if (!(await this.#context.disk.clone(file, temporary))) {
      await this.#context.disk.copy(file, temporary);
    }
    await this.#context.disk.rename(temporary, target);
  }

  /** Whether right bytes lie where the entry leads to, making the entry when only that is missing. */
  async #isThere(entry: RepoFile): Promise<boolean> {
    const candidate = await findCandidate(this.#context, this.#paths, this.spec.commit, entry);
    if (candidate === undefined) return false;
    this.#context.ledger.refresh();
    const right = await entriesWithRightBytes(this.#context, new Map([[entry, candidate]]), {});
    if (!right.has(entry)) return false;
    await this.#makeEntry(entry, candidate.file);
    return true;
  }

  /** An empty file needs no download (and many servers have no answer to a request for a part of one). */
  async #publishEmpty(entry: RepoFile): Promise<void> {
    const partial = this.#paths.partialFile(entry.digest.hex);
    await this.#context.disk.remove(partial);
    await this.#context.disk.createFile(partial, '');
    await this.#publish(entry);
  }

  /** Links what was found to be there when the preparation began, and makes what is empty. */
  async linkPresent(): Promise<void> {
    await this.#changing(async () => {
      for (const filePath of [...this.#present]) {
        const entry = this.#entry(filePath);
        if (!(await this.#isThere(entry))) this.#present.delete(filePath);
      }
      for (const entry of this.#wanted.values()) {
        if (isEmptyFile(entry) && !this.#present.has(entry.path)) await this.#publishEmpty(entry);
      }
    });
  }

  #entry(filePath: string): RepoFile {
    const entry = this.#wanted.get(filePath);
    if (entry === undefined) throw new Error(`${filePath} is not a file of this preparation`);
    return entry;
  }

  #changing(work: () => Promise<void>): Promise<void> {
    return withFileErrors(this.#context.hubRoot, () =>
      this.#context.changing(this.spec.repo, async () => {
        if (this.lost.aborted) throw new Cancelled();
        await work();
      }),
    );
  }

  #notRight(entry: RepoFile): AsrError {
    return new AsrError(
      'integrity',
      localized(
        '{0} is missing or does not have its right bytes, so {1} was not made available. Download it again.',
        entry.path,
        this.spec.repo,
      ),
    );
  }
}

function isEmptyFile({ sizeBytes, digest }: RepoFile): boolean {
  return sizeBytes === 0 && digestHasher(digest.algorithm, 0).digest('hex') === digest.hex;
}
