import {
  type Dirent,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { defined } from '../protocol/defined';
import { errnoOf } from './diskError';
import {
  diskBytesOf,
  type CachedEntry,
  type CachedRepo,
  type CachedSnapshot,
  type StoredContent,
} from './cachedRepo';
import { repoPathsAt, type RepoPaths } from './layout';
import type { TreeEntry } from './preparedSnapshot';
import { readPartials } from './partialReader';
import { parseTree } from './treeFile';

const ignoredNames = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/** Reads one repository's folder. Synchronous, because it is many tiny reads: callers yield between repositories. */
export function readRepo(hubRoot: string, folderName: string, repo: string): CachedRepo {
  return new RepoReader(hubRoot, folderName, repo).read();
}

class RepoReader {
  readonly #hubRoot: string;
  readonly #folderName: string;
  readonly #repo: string;
  readonly #paths: RepoPaths;
  readonly #problems: string[] = [];
  readonly #signature = new Map<string, number>();
  readonly #blobs = new Map<string, StoredContent>();
  readonly #hasTrees: boolean;

  constructor(hubRoot: string, folderName: string, repo: string) {
    this.#hubRoot = hubRoot;
    this.#folderName = folderName;
    this.#repo = repo;
    this.#paths = repoPathsAt(path.join(hubRoot, folderName));
    this.#hasTrees = this.#isRealFolder(this.#paths.trees);
  }

  read(): CachedRepo {
    this.#readBlobs();
    const snapshots = this.#part(this.#paths.snapshots).flatMap((item) => {
      if (item.isDirectory()) return [this.#snapshot(item.name)];
      if (!ignoredNames.has(item.name)) this.#problem(`a stray file in snapshots: ${item.name}`);
      return [];
    });
    const refs = this.#refs('', this.#part(this.#paths.refs));
    for (const { revision, commit } of refs) {
      if (!snapshots.some((snapshot) => snapshot.commit === commit)) {
        this.#problem(`the ref ${revision} names a snapshot that is not there`);
      }
    }
    return {
      repo: this.#repo,
      paths: this.#paths,
      snapshots,
      refs,
      blobs: this.#blobs,
      partials: readPartials(this.#paths, this.#part(this.#paths.partial), (file) => {
        this.#recordState(file);
      }),
      problems: this.#problems,
      signature: this.#signature,
    };
  }

  #readBlobs(): void {
    const { blobs } = this.#paths;
    if (!this.#isRealFolder(blobs)) return;
    for (const name of readdirSync(blobs)) {
      const place = blobs + path.sep + name;
      const stats = lstatSync(place, { throwIfNoEntry: false });
      const content =
        stats?.isFile() === true
          ? this.#contentOf(`blobs/${name}`, this.#noted(place, stats), false)
          : stats?.isSymbolicLink() === true
            ? this.#content(place, `blobs/${name}`, true)
            : undefined;
      if (content !== undefined) this.#blobs.set(name, content);
    }
  }

  #snapshot(commit: string): CachedSnapshot {
    const root = this.#paths.snapshot(commit);
    const entries: CachedEntry[] = [];
    const modifiedMs = this.#recordState(root)?.mtimeMs ?? 0;
    this.#walk(root, '', '../../blobs/', commit, entries);
    const tree = this.#tree(commit);
    return {
      commit,
      path: root,
      modifiedMs,
      entries,
      ...defined({ tree }),
    };
  }

  #walk(
    folder: string,
    prefix: string,
    toBlobs: string,
    commit: string,
    entries: CachedEntry[],
  ): void {
    for (const item of this.#names(folder)) {
      const entryPath = prefix + item.name;
      const place = folder + path.sep + item.name;
      if (item.isDirectory()) {
        this.#recordState(place);
        this.#walk(place, `${entryPath}/`, `../${toBlobs}`, commit, entries);
      } else if (item.isSymbolicLink()) entries.push(this.#link(place, entryPath, toBlobs, commit));
      else if (item.isFile() && !(prefix === '' && ignoredNames.has(item.name))) {
        const content = this.#content(place, `snapshots/${commit}/${entryPath}`, false);
        if (content !== undefined) entries.push({ path: entryPath, content });
      }
    }
  }

  #link(place: string, entryPath: string, toBlobs: string, commit: string): CachedEntry {
    const text = readLink(place);
    const blobName = text.startsWith(toBlobs)
      ? text.slice(toBlobs.length)
      : this.#blobNameOf(path.resolve(path.dirname(place), text));
    const content =
      blobName === undefined
        ? this.#content(place, `snapshots/${commit}/${entryPath}`, true)
        : this.#blobs.get(blobName);
    if (content === undefined) {
      this.#problem(`${entryPath} in ${commit.slice(0, 8)} is a link to nothing in this cache`);
      return { path: entryPath };
    }
    return { path: entryPath, ...defined({ blobName }), content };
  }

  #blobNameOf(target: string): string | undefined {
    return path.dirname(target) === this.#paths.blobs ? path.basename(target) : undefined;
  }

  #content(place: string, keyInRepo: string, isLink: boolean): StoredContent | undefined {
    const stats = this.#recordState(place);
    if (stats?.isFile() !== true) return undefined;
    if (isLink && !this.#isInCache(place)) {
      this.#problem(`${keyInRepo} leads out of the cache`);
      return undefined;
    }
    return this.#contentOf(keyInRepo, stats, isLink);
  }

  #contentOf(keyInRepo: string, stats: Stats, isLink: boolean): StoredContent {
    return {
      key: `${this.#folderName}/${keyInRepo}`,
      sizeBytes: stats.size,
      mtimeMs: stats.mtimeMs,
      diskBytes: diskBytesOf(stats),
      storageId: `${String(stats.dev)}:${String(stats.ino)}`,
      names: stats.nlink,
      isLink,
    };
  }

  #isInCache(link: string): boolean {
    try {
      return realpathSync(link).startsWith(realpathSync(this.#hubRoot) + path.sep);
    } catch {
      return false;
    }
  }

  #refs(prefix: string, items: readonly Dirent[]): { revision: string; commit: string }[] {
    return items.flatMap((item) => {
      const revision = prefix + item.name;
      const place = this.#paths.ref(revision);
      if (item.isDirectory()) return this.#refs(`${revision}/`, this.#list(place));
      if (!item.isFile() || ignoredNames.has(item.name)) return [];
      const text = this.#text(place);
      return text === undefined ? [] : [{ revision, commit: text.trim() }];
    });
  }

  #tree(commit: string): readonly TreeEntry[] | undefined {
    if (!this.#hasTrees) return undefined;
    const text = this.#text(this.#paths.tree(commit));
    const tree = text === undefined ? undefined : parseTree(text);
    if (text !== undefined && tree === undefined)
      this.#problem(`the file list of ${commit} is unreadable`);
    return tree;
  }

  #text(file: string): string | undefined {
    if (this.#recordState(file) === undefined) return undefined;
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  }

  /** The names in a part of the repository; nothing when it is missing or is a link. */
  #part(folder: string): readonly Dirent[] {
    return this.#isRealFolder(folder) ? this.#names(folder) : [];
  }

  #isRealFolder(folder: string): boolean {
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    this.#signature.set(folder, stats?.ctimeMs ?? -1);
    return stats?.isDirectory() === true;
  }

  #list(folder: string): readonly Dirent[] {
    this.#recordState(folder);
    return this.#names(folder);
  }

  #names(folder: string): readonly Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') this.#problem(`${path.basename(folder)} can’t be read`);
      return [];
    }
  }

  #noted(file: string, stats: Stats): Stats {
    this.#signature.set(file, stats.ctimeMs);
    return stats;
  }

  #recordState(file: string): Stats | undefined {
    const stats = statSync(file, { throwIfNoEntry: false });
    this.#signature.set(file, stats?.ctimeMs ?? -1);
    return stats;
  }

  #problem(text: string): void {
    this.#problems.push(`${this.#repo}: ${text}`);
  }
}

function readLink(place: string): string {
  try {
    return readlinkSync(place);
  } catch {
    return '';
  }
}
