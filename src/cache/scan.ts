import { readdirSync } from 'node:fs';
import { defined } from '../protocol/defined';
import type { Clock } from '../common/clock';
import { sameDigest } from '../common/digest';
import { repoOfFolder } from './layout';
import type { ScanReport, StoredFile, StoredRepo, StoredSnapshot } from './modelStore';
import {
  digestOfBlobName,
  type CachedEntry,
  type CachedRepo,
  type CachedSnapshot,
  isUnchanged,
} from './cachedRepo';
import { readRepo } from './repoReader';
import type { VerifiedLedger } from './verifiedLedger';

/** How long the thread is kept before others get a turn. */
const sliceMs = 8;
/** A folder that changed so shortly before it was read may change again without its time telling. */
const racyMs = 100;

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

  /** Every repository as it lies there, with what was passed over. */
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
      repos.push(found);
      problems.push(...found.problems);
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
    this.#known.set(folder, { found, trusted: newestChangeMs(found) < startMs - racyMs });
    return found;
  }

  /** Whether anything is otherwise than at the last reading. Reads no file. */
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

  #repoFolders(problems: string[]): ReadonlyMap<string, string> {
    const folders = new Map<string, string>();
    let items;
    try {
      items = readdirSync(this.#hubRoot, { withFileTypes: true });
    } catch {
      return folders;
    }
    for (const item of items) {
      const repo = repoOfFolder(item.name);
      if (repo === undefined) continue;
      if (item.isDirectory()) folders.set(item.name, repo);
      else problems.push(`${item.name} is not a folder and was passed over`);
    }
    return folders;
  }
}

/** Lets others have the thread after each slice of synchronous work. */
class TimeSlices {
  #end = performance.now() + sliceMs;

  async rest(): Promise<void> {
    if (performance.now() < this.#end) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#end = performance.now() + sliceMs;
  }
}

function newestChangeMs(found: CachedRepo): number {
  let newest = 0;
  for (const changeMs of found.signature.values()) newest = Math.max(newest, changeMs);
  return newest;
}

/** Judges what was found: digests from names and trees, verified by the ledger. */
export function storedRepo(found: CachedRepo, ledger: VerifiedLedger): StoredRepo {
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
  return {
    commit: snapshot.commit,
    refs: repo.refs.filter((ref) => ref.commit === snapshot.commit).map((ref) => ref.revision),
    path: snapshot.path,
    files: snapshot.entries.flatMap((entry) => storedFile(entry, byPath.get(entry.path), ledger)),
    ...defined({ tree: snapshot.tree }),
    modifiedMs: snapshot.modifiedMs,
  };
}

function storedFile(
  entry: CachedEntry,
  expected: StoredSnapshotTreeEntry | undefined,
  ledger: VerifiedLedger,
): StoredFile[] {
  const { content } = entry;
  if (content === undefined) return [];
  const named = entry.blobName === undefined ? undefined : digestOfBlobName(entry.blobName);
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

type StoredSnapshotTreeEntry = NonNullable<StoredSnapshot['tree']>[number];

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
