import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { defined } from '../protocol/defined';
import { AsrError, Cancelled } from '../common/asrError';
import { type Digest, digestHasher } from '../common/digest';
import { localized } from '../common/localizedMessage';
import type { CacheContext } from './cacheContext';
import { errnoOf } from './diskError';
import { hashFile } from './hashFile';
import { blobLinkTarget, repoFolderName, repoPathsAt, type RepoPaths } from './layout';
import { digestOfBlobName, type CachedRepo, type StoredContent } from './cachedRepo';
import { treeText } from './treeFile';

/** A repository that was copied to another cache. */
export interface RepoCopy {
  readonly repo: string;
  readonly bytes: number;
  /** The other cache had nothing of it before. */
  readonly isNew: boolean;
}

export interface CopyRepoOptions {
  readonly signal?: AbortSignal;
  readonly onFile: (file: string, bytes: number) => void;
}

/**
 * Copies one repository into another cache: beside it and renamed in whole when it is new there, else filling what
 * is missing. File lists, blobs, entries, refs, in that order, so that a kill leaves nothing that leads nowhere.
 */
export async function copyRepo(
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
      return { repo, bytes, isNew: false };
    }
    const staging = await to.stagingFolder();
    try {
      const bytes = await new RepoCopier(from, to, found, repoPathsAt(staging), options).run();
      await to.disk.rename(staging, final.folder);
      await to.disk.flushFolder(to.hubRoot);
      return { repo, bytes, isNew: true };
    } catch (error) {
      await to.disk.removeTree(staging);
      throw error;
    }
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
        const digest = digestOfBlobName(name);
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
      const place = paths.entry(commit, entry.path);
      await to.disk.makeFolder(path.dirname(place));
      const digest = entry.blobName === undefined ? undefined : digestOfBlobName(entry.blobName);
      if (canLink && entry.blobName !== undefined && digest !== undefined) {
        const target = blobLinkTarget(entry.path, entry.blobName);
        if (!(await exists(place))) await to.disk.symlink(target, place);
      } else {
        await this.#bring(entry.content, place, listed.get(entry.path) ?? digest);
      }
      const key = `${repoFolderName(this.found.repo)}/snapshots/${commit}/${entry.path}`;
      if (this.from.ownsRoot || this.from.ledger.isOwn(key)) own.push(key);
    }
    await to.ledger.recordOwn(own);
    // Its time says which of two revisions is the older one.
    await to.disk.setTime(paths.snapshot(commit), snapshot.modifiedMs);
  }

  /** Gives the new place a file's bytes, checked; does nothing when they are there. */
  async #bring(content: StoredContent, place: string, digest: Digest | undefined): Promise<void> {
    const file = path.join(this.from.hubRoot, ...content.key.split('/'));
    const key = this.#finalKey(place);
    const there = await fs.stat(place).catch(() => undefined);
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
    await this.to.disk.rename(temporary, place);
    this.#bytes += content.sizeBytes;
  }

  /** The digest of what arrived; undefined when nobody can say what it should be. */
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
    if ((await this.to.disk.clone(real, temporary)) || (await this.#hardLink(real, temporary))) {
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

  async #hardLink(real: string, temporary: string): Promise<boolean> {
    try {
      await this.to.disk.hardLink(real, temporary);
      return true;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
  }

  async #copyPartial(hex: string): Promise<void> {
    const { signal } = this.options;
    const from = this.found.paths;
    for (const [source, target] of [
      [from.partialFile(hex), this.paths.partialFile(hex)],
      [from.journal(hex), this.paths.journal(hex)],
    ] as const) {
      if ((await exists(target)) || !(await exists(source))) continue;
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

  #finalKey(place: string): string {
    const inRepo = path.relative(this.paths.folder, place).split(path.sep).join('/');
    return `${repoFolderName(this.found.repo)}/${inRepo}`;
  }
}

async function exists(place: string): Promise<boolean> {
  return await fs.lstat(place).then(
    () => true,
    () => false,
  );
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
