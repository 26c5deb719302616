import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import path from 'node:path';
import type { RepoFile } from '../common/repository';
import { defined } from '../protocol/defined';
import type { Clock } from '../common/clock';
import { type Digest, sameDigest, parseDigest } from '../common/digest';
import { type Disposable, DisposableStore, toDisposable } from '../common/disposable';
import { errnoOf } from '../common/fileErrors';
import { composed, isSameFileAs } from '../common/paths';
import { repoOfFolder } from './layout';
import {
  type CachedEntry,
  type CachedRepo,
  type CachedSnapshot,
  isUnchanged,
  readRepo,
} from './repoReader';
import type { VerifiedLedger } from './verifiedLedger';

/** How long the scan uses the thread before it lets other work run. */
const sliceMs = 8;
/** A folder that changed so shortly before it was read may change again without another time. */
const racyMs = 100;

/** Changes come in bursts; a listener is called when there was none for so long. */
const quietMs = 200;
/** How often changes that the system does not report (folders further down, network disks) are searched for. */
const pollMs = 10_000;

/** A file of a snapshot as it lies on the disk. */
export interface StoredFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** From the blob's name or the tree; absent when neither has it. */
  readonly digest?: Digest;
  /** Hashed by us at this size and mtime (the verified ledger). */
  readonly verified: boolean;
  /** Set when the file is there but can't be right: wrong size for its tree entry, or hashed to something else. */
  readonly damaged?: boolean;
  /** Real blocks of its content, in bytes. */
  readonly diskBytes: number;
  /** The same for two files that share their content on the disk: count such bytes once. */
  readonly storageId: string;
  /** The facts from its content, where the name has none; a scan reads no content, so this is added later. */
  readonly knownAs?: string;
  readonly tensorFiles?: readonly string[];
}

export interface StoredSnapshot {
  readonly commit: string;
  /** Revisions whose ref names this commit. */
  readonly refs: readonly string[];
  readonly path: string;
  readonly files: readonly StoredFile[];
  /** Names that lead to nothing: their bytes were here and are gone. Absent: none. */
  readonly brokenPaths?: readonly string[];
  /** The commit's whole list, when its tree file is there and valid. */
  readonly tree?: readonly RepoFile[];
  readonly modifiedMs: number;
}

/** Bytes of a file that is not finished. */
interface StoredPartial {
  readonly digest: Digest;
  /** Bytes that the journal vouches for. */
  readonly downloadedBytes: number;
  /** Absent when the journal can't be read. */
  readonly sizeBytes?: number;
  readonly modifiedMs: number;
  /** Real blocks, in bytes. */
  readonly diskBytes: number;
}

export interface StoredRepo {
  readonly repo: string;
  readonly path: string;
  readonly snapshots: readonly StoredSnapshot[];
  readonly partials: readonly StoredPartial[];
  /** Real bytes on the disk, each blob once. */
  readonly sizeOnDisk: number;
}

export interface ScanReport {
  readonly repos: readonly StoredRepo[];
  /** Skipped files and folders with the reason, in English, for the log. */
  readonly problems: readonly string[];
  readonly sizeOnDisk: number;
}

/**
 * Reads the whole cache, and remembers each repository's reading with the state of every file it came from, so that
 * the next time only what changed is read again. Nothing is hashed.
 */
export class CacheScanner {
  readonly #hubRoot: string;
  readonly #ledger: VerifiedLedger;
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly found: CachedRepo; readonly trusted: boolean }>();

  constructor(hubRoot: string, ledger: VerifiedLedger, clock: Clock) {
    this.#hubRoot = hubRoot;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  async scan(): Promise<ScanReport> {
    const found = await this.findAll();
    const repos = found.repos.map((repo) => storedRepo(repo, this.#ledger));
    return { repos, problems: found.problems, sizeOnDisk: diskTotal(found.repos) };
  }

  /** Every repository as it was read, and what was skipped. */
  async findAll(): Promise<{
    readonly repos: readonly CachedRepo[];
    readonly problems: readonly string[];
  }> {
    this.#ledger.refresh();
    const problems: string[] = [];
    const repos: CachedRepo[] = [];
    const folders = this.#repoFolders(problems);
    const slices = new TimeSlices();
    for (const [folder, repo] of folders) {
      const found = this.find(folder, repo);
      problems.push(...found.problems);
      // An unreadable repository is passed over: its trouble must not hide the others.
      if (found.isReadable || isListed(found)) repos.push(found);
      await slices.rest();
    }
    for (const folder of this.#known.keys()) if (!folders.has(folder)) this.#known.delete(folder);
    return { repos, problems };
  }

  /** One repository, from memory when nothing of it changed. */
  find(folder: string, repo: string): CachedRepo {
    const known = this.#known.get(folder);
    if (known?.trusted === true && isUnchanged(known.found)) return known.found;
    const startMs = this.#clock.wallMs();
    const found = readRepo(this.#hubRoot, folder, repo);
    // A repository that refused to be read does not change when it becomes readable again: the program that held it
    // only lets it go.
    const trusted = found.isReadable && newestChangeMs(found) < startMs - racyMs;
    this.#known.set(folder, { found, trusted });
    return found;
  }

  /** Whether anything has changed since the last reading. Reads no file. */
  async hasChanged(): Promise<boolean> {
    const folders = this.#repoFolders([]);
    if (folders.size !== this.#known.size) return true;
    const slices = new TimeSlices();
    for (const folder of folders.keys()) {
      const known = this.#known.get(folder);
      if (known === undefined || !isUnchanged(known.found)) return true;
      await slices.rest();
    }
    return false;
  }

  /**
   * Calls back when something in the cache has changed. The system reports changes of the cache's root; what lies
   * further down is compared with the last scan now and then, which asks for times and sizes only.
   */
  watch(onChange: () => void): Disposable {
    const disposables = new DisposableStore();
    let quiet: Disposable | undefined;
    const changed = (): void => {
      quiet?.dispose();
      quiet = this.#clock.after(quietMs, onChange);
    };
    disposables.add(toDisposable(() => quiet?.dispose()));

    let watcher = watchFolder(this.#hubRoot, changed);
    disposables.add(toDisposable(() => watcher?.close()));

    let next: Disposable | undefined;
    const poll = (): void => {
      next = this.#clock.after(pollMs, () => {
        // The folder may not have been there before.
        watcher ??= watchFolder(this.#hubRoot, changed);
        void this.hasChanged().then((hasChanged) => {
          if (disposables.isDisposed) return;
          if (hasChanged) changed();
          poll();
        });
      });
    };
    disposables.add(toDisposable(() => next?.dispose()));
    poll();
    return disposables;
  }

  #repoFolders(problems: string[]): ReadonlyMap<string, string> {
    const folders = new Map<string, string>();
    let items;
    try {
      items = readdirSync(this.#hubRoot, { withFileTypes: true });
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT')
        problems.push(`the model folder can’t be read: ${String(error)}`);
      return folders;
    }
    for (const item of items) {
      const name = this.#asWritten(item.name);
      const repo = repoOfFolder(name);
      if (repo === undefined) continue;
      const isFolder = item.isDirectory() || (item.isSymbolicLink() && this.#leadsToFolder(name));
      if (isFolder) folders.set(name, repo);
      else problems.push(`${name} is not a folder and was passed over`);
    }
    return folders;
  }

  /** The name by which we made a folder, where the disk lists another Unicode form of it. */
  #asWritten(listed: string): string {
    const name = composed(listed);
    return name !== listed && isSameFileAs(this.#hubRoot, name, listed) ? name : listed;
  }

  /** One model's folder may be kept on another disk, with a link to it here. */
  #leadsToFolder(name: string): boolean {
    try {
      return statSync(path.join(this.#hubRoot, name)).isDirectory();
    } catch {
      return false;
    }
  }
}

/** Lets other work run after each slice of synchronous work. */
class TimeSlices {
  #end = performance.now() + sliceMs;

  async rest(): Promise<void> {
    if (performance.now() < this.#end) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#end = performance.now() + sliceMs;
  }
}

function isListed({ snapshots, blobs, partials }: CachedRepo): boolean {
  return snapshots.length > 0 || blobs.size > 0 || partials.length > 0;
}

function newestChangeMs(found: CachedRepo): number {
  let newest = 0;
  for (const changeMs of found.signature.values()) newest = Math.max(newest, changeMs);
  return newest;
}

/** Adds to what was read: digests from names and trees, `verified` from the ledger. */
function storedRepo(found: CachedRepo, ledger: VerifiedLedger): StoredRepo {
  return {
    repo: found.repo,
    path: found.paths.folder,
    snapshots: found.snapshots.map((snapshot) => storedSnapshot(found, snapshot, ledger)),
    partials: found.partials,
    sizeOnDisk: diskTotal([found]),
  };
}

function storedSnapshot(
  repo: CachedRepo,
  snapshot: CachedSnapshot,
  ledger: VerifiedLedger,
): StoredSnapshot {
  const byPath = new Map(snapshot.tree?.map((entry) => [entry.path, entry]));
  const broken = snapshot.entries.filter((entry) => entry.content === undefined);
  return {
    commit: snapshot.commit,
    refs: repo.refs.filter((ref) => ref.commit === snapshot.commit).map((ref) => ref.revision),
    path: snapshot.path,
    files: snapshot.entries.flatMap((entry) => storedFile(entry, byPath.get(entry.path), ledger)),
    ...(broken.length > 0 ? { brokenPaths: broken.map((entry) => entry.path) } : {}),
    ...defined({ tree: snapshot.tree }),
    modifiedMs: snapshot.modifiedMs,
  };
}

function storedFile(
  entry: CachedEntry,
  expected: RepoFile | undefined,
  ledger: VerifiedLedger,
): StoredFile[] {
  const { content } = entry;
  if (content === undefined) return [];
  const named = entry.blobName === undefined ? undefined : parseDigest(entry.blobName);
  const digest = expected?.digest ?? named;
  const hashed = ledger.hexOf(content.key, content.sizeBytes, content.mtimeMs);
  const damaged =
    (expected !== undefined && expected.sizeBytes !== content.sizeBytes) ||
    (named !== undefined && expected !== undefined && !sameDigest(named, expected.digest)) ||
    (hashed !== undefined && digest !== undefined && hashed !== digest.hex);
  return [
    {
      path: entry.path,
      sizeBytes: content.sizeBytes,
      ...defined({ digest }),
      verified: !damaged && hashed !== undefined && hashed === digest?.hex,
      ...(damaged ? { damaged } : {}),
      diskBytes: content.diskBytes,
      storageId: content.storageId,
    },
  ];
}

/** Real bytes of repositories together, each piece of content once. */
export function diskTotal(repos: readonly CachedRepo[]): number {
  const contents = new Map<string, number>();
  let partialBytes = 0;
  for (const repo of repos) {
    for (const blob of repo.blobs.values()) contents.set(blob.storageId, blob.diskBytes);
    for (const snapshot of repo.snapshots) {
      for (const { content } of snapshot.entries) {
        if (content !== undefined) contents.set(content.storageId, content.diskBytes);
      }
    }
    for (const partial of repo.partials) partialBytes += partial.diskBytes;
  }
  let total = partialBytes;
  for (const bytes of contents.values()) total += bytes;
  return total;
}

function watchFolder(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
