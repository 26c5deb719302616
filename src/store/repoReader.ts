import {
  type Dirent,
  type Stats,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import type { Digest } from '../base/digest';
import { parseDigest } from '../base/digest';
import { errnoOf } from './diskError';
import { repoPathsAt, type repoParts, type RepoPaths } from './layout';
import type { TreeEntry } from './modelStore';
import { type FoundPartial, readPartials } from './partialReader';
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
export interface FoundEntry {
  readonly path: string;
  /** The blob it links to, by its name in `blobs/`; absent for a file of its own. */
  readonly blobName?: string;
  /** Absent when it is a link to nothing or to outside of the cache. */
  readonly content?: StoredContent;
}

export interface FoundSnapshot {
  readonly commit: string;
  readonly path: string;
  readonly modifiedMs: number;
  readonly entries: readonly FoundEntry[];
  readonly tree?: readonly TreeEntry[];
}

/** A repository's folder as it is, before anything is judged. */
export interface FoundRepo {
  readonly repo: string;
  readonly paths: RepoPaths;
  readonly snapshots: readonly FoundSnapshot[];
  readonly refs: readonly { readonly revision: string; readonly commit: string }[];
  readonly blobs: ReadonlyMap<string, StoredContent>;
  readonly partials: readonly FoundPartial[];
  readonly problems: readonly string[];
  /** Every folder and file that the reading depended on, with its state then. */
  readonly signature: ReadonlyMap<string, number>;
}

const ignoredNames = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/** The digest that a blob's name states. */
export function digestOfBlobName(name: string): Digest | undefined {
  return parseDigest(name);
}

/** Reads one repository's folder. Synchronous, because it is many tiny reads: callers yield between repositories. */
export function readRepo(hubRoot: string, folderName: string, repo: string): FoundRepo {
  return new RepoReader(hubRoot, folderName, repo).read();
}

/** Whether nothing that a reading depended on has changed since. */
export function isUnchanged(found: FoundRepo): boolean {
  for (const [file, state] of found.signature) if (stateOf(file) !== state) return false;
  return true;
}

/** When a file or folder last changed in any way (its time of change, which a rename over it sets too); -1: missing. */
function stateOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? -1;
}

class RepoReader {
  readonly #hubRoot: string;
  readonly #folderName: string;
  readonly #repo: string;
  readonly #paths: RepoPaths;
  readonly #problems: string[] = [];
  readonly #signature = new Map<string, number>();
  readonly #blobs = new Map<string, StoredContent>();
  readonly #parts = new Set<string>();

  constructor(hubRoot: string, folderName: string, repo: string) {
    this.#hubRoot = hubRoot;
    this.#folderName = folderName;
    this.#repo = repo;
    this.#paths = repoPathsAt(path.join(hubRoot, folderName));
  }

  read(): FoundRepo {
    for (const item of this.#list(this.#paths.folder)) {
      if (item.isDirectory()) this.#parts.add(item.name);
    }
    for (const item of this.#part('blobs')) {
      if (item.isDirectory()) continue;
      const place = this.#paths.blobs + path.sep + item.name;
      const content = this.#content(place, `blobs/${item.name}`, item.isSymbolicLink());
      if (content !== undefined) this.#blobs.set(item.name, content);
    }
    const snapshots = this.#part('snapshots').flatMap((item) => {
      if (item.isDirectory()) return [this.#snapshot(item.name)];
      if (!ignoredNames.has(item.name)) this.#problem(`a stray file in snapshots: ${item.name}`);
      return [];
    });
    const refs = this.#refs('', this.#part('refs'));
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
      partials: readPartials(this.#paths, this.#part('partial'), (file) => {
        this.#note(file);
      }),
      problems: this.#problems,
      signature: this.#signature,
    };
  }

  #snapshot(commit: string): FoundSnapshot {
    const root = this.#paths.snapshot(commit);
    const entries: FoundEntry[] = [];
    const modifiedMs = statSync(root, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    this.#walk(root, '', '../../blobs/', commit, entries);
    const tree = this.#tree(commit);
    return {
      commit,
      path: root,
      modifiedMs,
      entries,
      ...(tree === undefined ? {} : { tree }),
    };
  }

  #walk(
    folder: string,
    prefix: string,
    toBlobs: string,
    commit: string,
    entries: FoundEntry[],
  ): void {
    for (const item of this.#list(folder)) {
      const entryPath = prefix + item.name;
      const place = folder + path.sep + item.name;
      if (item.isDirectory()) {
        this.#walk(place, `${entryPath}/`, `../${toBlobs}`, commit, entries);
      } else if (item.isSymbolicLink()) entries.push(this.#link(place, entryPath, toBlobs, commit));
      else if (item.isFile() && !(prefix === '' && ignoredNames.has(item.name))) {
        const content = this.#content(place, `snapshots/${commit}/${entryPath}`, false);
        if (content !== undefined) entries.push({ path: entryPath, content });
      }
    }
  }

  #link(place: string, entryPath: string, toBlobs: string, commit: string): FoundEntry {
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
    return { path: entryPath, ...(blobName === undefined ? {} : { blobName }), content };
  }

  #blobNameOf(target: string): string | undefined {
    return path.dirname(target) === this.#paths.blobs ? path.basename(target) : undefined;
  }

  #content(place: string, keyInRepo: string, isLink: boolean): StoredContent | undefined {
    const stats = this.#note(place);
    if (stats?.isFile() !== true) return undefined;
    if (isLink && !this.#isInCache(place)) {
      this.#problem(`${keyInRepo} leads out of the cache`);
      return undefined;
    }
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
    if (!this.#parts.has('trees')) return undefined;
    const text = this.#text(this.#paths.tree(commit));
    const tree = text === undefined ? undefined : parseTree(text);
    if (text !== undefined && tree === undefined)
      this.#problem(`the file list of ${commit} is unreadable`);
    return tree;
  }

  #text(file: string): string | undefined {
    if (this.#note(file) === undefined) return undefined;
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  }

  /** The names in a part of the repository; nothing when it is missing or is a link. */
  #part(name: (typeof repoParts)[number]): readonly Dirent[] {
    return this.#parts.has(name) ? this.#list(path.join(this.#paths.folder, name)) : [];
  }

  #list(folder: string): readonly Dirent[] {
    this.#note(folder);
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') this.#problem(`${path.basename(folder)} can’t be read`);
      return [];
    }
  }

  #note(file: string): Stats | undefined {
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

/** Real blocks of a file in bytes; its length where the system does not count blocks. */
export function diskBytesOf(stats: { readonly size: number; readonly blocks?: number }): number {
  return stats.blocks === undefined ? stats.size : stats.blocks * 512;
}
