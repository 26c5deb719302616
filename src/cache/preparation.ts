import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError } from '../common/asrError';
import { digestHasher } from '../common/digest';
import { localized } from '../common/localizedMessage';
import type { CacheContext } from './cacheContext';
import { relinkUnchanged } from './relinkUnchanged';
import { withDiskErrors } from './diskError';
import { isCommit, type RepoPaths } from './layout';
import type { Lock } from './locks';
import type { PreparedFile, PreparedSnapshot, SnapshotSpec, TreeEntry } from './preparedSnapshot';
import {
  linkEntry,
  hardLinkEntry,
  ledgerKey,
  publishFile,
  publishPath,
  writeRef,
} from './publishFile';
import { vouchedBytes } from './partialReader';
import { findCandidate, ledgerVerdict, verifyCandidates } from './presence';
import { removeEmptySnapshot, collectGarbage } from './removal';
import { ensureTree } from './repoSkeleton';

/** A snapshot that is being filled: see {@link PreparedSnapshot}. */
export class Preparation implements PreparedSnapshot {
  readonly spec: SnapshotSpec;
  readonly snapshotPath: string;
  readonly #context: CacheContext;
  readonly #paths: RepoPaths;
  readonly #wanted: ReadonlyMap<string, TreeEntry>;
  readonly #present: Set<string>;
  /** As it was when this began: what an earlier download left. */
  readonly #partialBytes: ReadonlyMap<string, number>;
  #locks: readonly Lock[];

  constructor(
    context: CacheContext,
    spec: SnapshotSpec,
    wanted: ReadonlyMap<string, TreeEntry>,
    present: ReadonlySet<string>,
    locks: readonly Lock[],
  ) {
    this.spec = spec;
    this.#context = context;
    this.#paths = context.pathsOf(spec.repo);
    this.snapshotPath = this.#paths.snapshot(spec.commit);
    this.#wanted = wanted;
    this.#present = new Set(present);
    this.#locks = locks;
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
      const stats = await fs
        .lstat(this.#paths.partialFile(entry.digest.hex))
        .catch(() => undefined);
      if (stats === undefined) {
        if (await this.#isThere(entry)) return;
        throw this.#notRight(entry);
      }
      if (!stats.isFile() || stats.size !== entry.sizeBytes) throw this.#notRight(entry);
      await ensureTree(this.#context, this.spec, this.#paths);
      await this.#publish(entry);
    });
  }

  async complete(): Promise<void> {
    const { repo, commit, revision } = this.spec;
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
      for (const entry of this.#wanted.values()) {
        if (this.#present.has(entry.path)) continue;
        await this.#context.disk.remove(this.#paths.partialFile(entry.digest.hex));
        await this.#context.disk.remove(this.#paths.journal(entry.digest.hex));
      }
      await this.release();
      await removeEmptySnapshot(this.#context, repo, commit);
      await collectGarbage(this.#context, repo);
    });
  }

  async release(): Promise<void> {
    const locks = this.#locks;
    this.#locks = [];
    for (const lock of locks) await lock.release();
  }

  /** Moves the verified partial to its place, and links every wanted entry that has the same bytes. */
  async #publish(entry: TreeEntry): Promise<void> {
    const { hex } = entry.digest;
    const { commit } = this.spec;
    const place = await publishPath(this.#context, this.#paths, commit, entry.path, hex);
    await publishFile(this.#context, this.#paths.partialFile(hex), place, hex);
    for (const same of this.#wanted.values()) {
      if (same.digest.hex === hex) await this.#makeEntry(same, place);
    }
    await this.#context.disk.remove(this.#paths.journal(hex));
  }

  /** Makes a wanted entry lead to bytes that are there and right. */
  async #makeEntry(entry: TreeEntry, file: string): Promise<void> {
    const { commit } = this.spec;
    const place = this.#paths.entry(commit, entry.path);
    if (path.dirname(file) === this.#paths.blobs) {
      if (await this.#context.canSymlink(this.#paths.partial)) {
        await linkEntry(this.#context, this.#paths, commit, entry.path, path.basename(file));
      } else if (!(await hardLinkEntry(this.#context, this.#paths, file, place))) {
        await this.#copyEntry(file, place);
      }
    } else if (file !== place && !(await hardLinkEntry(this.#context, this.#paths, file, place))) {
      await this.#copyEntry(file, place);
    }
    if (!(await this.#context.canSymlink(this.#paths.partial))) {
      const stats = await fs.stat(place);
      const key = ledgerKey(this.#context, place);
      await this.#context.ledger.recordHash(key, stats.size, stats.mtimeMs, entry.digest.hex);
    }
    this.#present.add(entry.path);
  }

  async #copyEntry(file: string, place: string): Promise<void> {
    const temporary = path.join(this.#paths.partial, `${randomUUID()}.tmp`);
    if (!(await this.#context.disk.clone(file, temporary))) {
      await this.#context.disk.copy(file, temporary);
    }
    await this.#context.disk.rename(temporary, place);
  }

  /** Whether right bytes lie where the entry leads to, making the entry when only that is missing. */
  async #isThere(entry: TreeEntry): Promise<boolean> {
    const candidate = await findCandidate(this.#context, this.#paths, this.spec.commit, entry);
    if (candidate === undefined) return false;
    this.#context.ledger.refresh();
    const right =
      ledgerVerdict(this.#context, candidate, entry) ??
      (await verifyCandidates(this.#context, [{ candidate, entry }], {})).has(entry);
    if (right) await this.#makeEntry(entry, candidate.file);
    return right;
  }

  /** An empty file needs no download (and many servers have no answer to a request for a part of one). */
  async #publishEmpty(entry: TreeEntry): Promise<void> {
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

  #entry(filePath: string): TreeEntry {
    const entry = this.#wanted.get(filePath);
    if (entry === undefined) throw new Error(`${filePath} is not a file of this preparation`);
    return entry;
  }

  #changing(work: () => Promise<void>): Promise<void> {
    return withDiskErrors(this.#context.hubRoot, () =>
      this.#context.changing(this.spec.repo, work),
    );
  }

  #notRight(entry: TreeEntry): AsrError {
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

function isEmptyFile({ sizeBytes, digest }: TreeEntry): boolean {
  return sizeBytes === 0 && digestHasher(digest.algorithm, 0).digest('hex') === digest.hex;
}
