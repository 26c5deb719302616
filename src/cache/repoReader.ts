import {
  type Dirent,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import path from 'node:path';
import type { RepoFile } from '../common/repository';
import { defined } from '../protocol/defined';
import { errnoOf } from '../common/fileErrors';
import { isRefusal } from '../common/fileInUse';
import { composed, isInside, isSameFileAs } from '../common/paths';
import { type CachedPartial, readPartials } from './cachedPartials';
import { type RepoPaths, repoPathsAt } from './layout';
import { regularText } from './regularFile';
import { parseTree } from './treeFile';

/** A file's content as it lies on the disk, links followed. */
export interface StoredContent {
  /** Slash-separated below the cache's root; the ledger's key. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Real blocks, in bytes. */
  readonly diskBytes: number;
  /** The same for two names of the same content on the disk. */
  readonly storageId: string;
  /** Names that this content has on the file system; more than one: removing this one frees nothing. */
  readonly names: number;
  /** The name is a link to content that lies elsewhere (the shared store): removing it frees nothing. */
  readonly isLink: boolean;
}

/** One name in a snapshot. */
export interface CachedEntry {
  readonly path: string;
  /** The blob it links to, by its name in `blobs/`; absent for a file of its own. */
  readonly blobName?: string;
  /** Absent when it is a link to nothing or to outside of the cache. */
  readonly content?: StoredContent;
}

export interface CachedSnapshot {
  readonly commit: string;
  readonly path: string;
  readonly modifiedMs: number;
  readonly entries: readonly CachedEntry[];
  readonly tree?: readonly RepoFile[];
}

/** A repository's folder as it was read, before its files are checked against its lists. */
export interface CachedRepo {
  readonly repo: string;
  readonly paths: RepoPaths;
  readonly snapshots: readonly CachedSnapshot[];
  readonly refs: readonly { readonly revision: string; readonly commit: string }[];
  readonly blobs: ReadonlyMap<string, StoredContent>;
  readonly partials: readonly CachedPartial[];
  readonly problems: readonly string[];
  /** Where the folder itself is a link to: a person keeps it there. */
  readonly linkedTo?: string;
  /** False when some of it refused to be read: what is missing here may be there. */
  readonly isReadable: boolean;
  /** The first file or folder that the system refused to read: another program holds it, or permissions forbid it. */
  readonly refusal?: Refusal;
  /** Every folder and file that the reading depended on, with its state then. */
  readonly signature: ReadonlyMap<string, number>;
}

/** A system's refusal to read a file or folder, with its path. */
export interface Refusal {
  readonly file: string;
  readonly error: unknown;
}

/** Whether nothing that a reading depended on has changed since. */
export function isUnchanged(found: CachedRepo): boolean {
  for (const [file, state] of found.signature) if (stateOf(file) !== state) return false;
  return true;
}

/** When a file or folder last changed in any way (its time of change, which a rename over it sets too); -1: missing. */
function stateOf(file: string): number {
  try {
    return statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? -1;
  } catch {
    return -1;
  }
}

/** Real blocks of a file in bytes; its length where the system does not count blocks. */
function diskBytesOf(stats: { readonly size: number; readonly blocks?: number }): number {
  return stats.blocks === undefined ? stats.size : stats.blocks * 512;
}

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
  /** Removing a name there is not ours to do, and frees nothing. */
  readonly #linkedTo: string | undefined;
  #isReadable = true;
  #refusal: Refusal | undefined;

  constructor(hubRoot: string, folderName: string, repo: string) {
    this.#hubRoot = hubRoot;
    this.#folderName = folderName;
    this.#repo = repo;
    this.#paths = repoPathsAt(path.join(hubRoot, folderName));
    const isLinked = this.#stats(this.#paths.folder, lstatSync)?.isSymbolicLink() === true;
    this.#linkedTo = isLinked ? realPath(this.#paths.folder) : undefined;
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
      partials: readPartials(this.#paths, this.#part(this.#paths.partial), (file) =>
        this.#recordState(file),
      ),
      problems: this.#problems,
      isReadable: this.#isReadable,
      ...defined({ linkedTo: this.#linkedTo, refusal: this.#refusal }),
      signature: this.#signature,
    };
  }

  #readBlobs(): void {
    const { blobs } = this.#paths;
    if (!this.#isRealFolder(blobs)) return;
    for (const { name } of this.#names(blobs)) {
      const file = blobs + path.sep + name;
      const stats = this.#stats(file, lstatSync);
      const content =
        stats?.isFile() === true
          ? this.#contentOf(`blobs/${name}`, this.#record(file, stats), false)
          : stats?.isSymbolicLink() === true
            ? this.#content(file, `blobs/${name}`, true)
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
      entries: tree === undefined ? entries : asListed(root, entries, tree),
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
      const file = folder + path.sep + item.name;
      if (item.isDirectory()) {
        this.#recordState(file);
        this.#walk(file, `${entryPath}/`, `../${toBlobs}`, commit, entries);
      } else if (item.isSymbolicLink()) entries.push(this.#link(file, entryPath, toBlobs, commit));
      else if (item.isFile() && !(prefix === '' && ignoredNames.has(item.name))) {
        const content = this.#content(file, `snapshots/${commit}/${entryPath}`, false);
        if (content !== undefined) entries.push({ path: entryPath, content });
      }
    }
  }

  #link(file: string, entryPath: string, toBlobs: string, commit: string): CachedEntry {
    const text = readLink(file);
    const blobName = text.startsWith(toBlobs)
      ? text.slice(toBlobs.length)
      : this.#blobNameOf(path.resolve(path.dirname(file), text));
    const content =
      blobName === undefined
        ? this.#content(file, `snapshots/${commit}/${entryPath}`, true)
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

  #content(file: string, keyInRepo: string, isLink: boolean): StoredContent | undefined {
    const stats = this.#recordState(file);
    if (stats?.isFile() !== true) return undefined;
    if (isLink && !this.#isInCache(file)) {
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
      isLink: isLink || this.#linkedTo !== undefined,
    };
  }

  #isInCache(link: string): boolean {
    const real = realPath(link);
    const roots = [realPath(this.#hubRoot), this.#linkedTo];
    return roots.some((root) => root !== undefined && real !== undefined && isInside(real, root));
  }

  #refs(prefix: string, items: readonly Dirent[]): { revision: string; commit: string }[] {
    return items.flatMap((item) => {
      const revision = prefix + item.name;
      const file = this.#paths.ref(revision);
      if (item.isDirectory()) return this.#refs(`${revision}/`, this.#list(file));
      if (!item.isFile() || ignoredNames.has(item.name)) return [];
      const text = this.#text(file);
      return text === undefined ? [] : [{ revision, commit: text.trim() }];
    });
  }

  #tree(commit: string): readonly RepoFile[] | undefined {
    if (!this.#hasTrees) return undefined;
    const file = this.#paths.tree(commit);
    const tree = parseTree(this.#text(file) ?? '');
    if (tree === undefined && this.#signature.get(file) !== -1)
      this.#problem(`the file list of ${commit} is unreadable`);
    return tree;
  }

  #text(file: string): string | undefined {
    if (this.#recordState(file) === undefined) return undefined;
    try {
      return regularText(file);
    } catch (error) {
      this.#unreadable(file, error);
      return undefined;
    }
  }

  /** The names in a part of the repository; nothing when it is missing or is a link. */
  #part(folder: string): readonly Dirent[] {
    return this.#isRealFolder(folder) ? this.#names(folder) : [];
  }

  #isRealFolder(folder: string): boolean {
    const stats = this.#stats(folder, lstatSync);
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
      this.#unreadable(folder, error);
      return [];
    }
  }

  /** The stats of a file or folder; undefined when it is not there, or with a problem when the system does not say. */
  #stats(file: string, read: typeof lstatSync): Stats | undefined {
    try {
      return read(file, { throwIfNoEntry: false });
    } catch (error) {
      this.#unreadable(file, error);
      return undefined;
    }
  }

  #unreadable(file: string, error: unknown): void {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'ENOENT') return;
    this.#isReadable = false;
    if (isRefusal(error)) this.#refusal ??= { file, error };
    const place = path.relative(this.#paths.folder, file) || 'its folder';
    this.#problem(`${place} can’t be read (${errno})`);
  }

  #record(file: string, stats: Stats): Stats {
    this.#signature.set(file, stats.ctimeMs);
    return stats;
  }

  #recordState(file: string): Stats | undefined {
    const stats = this.#stats(file, statSync);
    this.#signature.set(file, stats?.ctimeMs ?? -1);
    return stats;
  }

  #problem(text: string): void {
    this.#problems.push(`${this.#repo}: ${text}`);
  }
}

/** Entries by the names that the commit's list has, where the disk gave another Unicode form of them. */
function asListed(
  root: string,
  entries: readonly CachedEntry[],
  tree: readonly RepoFile[],
): readonly CachedEntry[] {
  // Nearly all names are plain, and have one form.
  if (entries.every(({ path: name }) => !/[^\0-\x7f]/.test(name))) return entries;
  const listed = new Set(tree.map(({ path: name }) => name));
  const byForm = new Map(tree.map(({ path: name }) => [composed(name), name]));
  return entries.map((entry) => {
    const name = byForm.get(composed(entry.path)) ?? entry.path;
    if (listed.has(entry.path) || !isSameFileAs(root, entry.path, name)) return entry;
    const { content } = entry;
    // A name of its own is in the ledger as it was written.
    const isOwnName = content?.key.endsWith(`/${entry.path}`) === true;
    const key = isOwnName ? content.key.slice(0, -entry.path.length) + name : content?.key;
    return {
      ...entry,
      path: name,
      ...(content === undefined || key === undefined ? {} : { content: { ...content, key } }),
    };
  });
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

function readLink(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
