/** A file of a repository, as far as recognising it goes. */
export interface RepoFile {
  readonly path: string;
  readonly sizeBytes?: number;
}

/** The files of one folder by their names in it. */
export interface Folder {
  /** With a slash at its end; empty for the repository itself. */
  readonly prefix: string;
  readonly names: ReadonlyMap<string, RepoFile>;
  has(name: string): boolean;
}

/** Groups a repository's files by the folder that they lie in directly, the top first. */
export function foldersOf(files: readonly RepoFile[]): readonly Folder[] {
  const byPrefix = new Map<string, Map<string, RepoFile>>();
  for (const file of files) {
    const slash = file.path.lastIndexOf('/') + 1;
    const prefix = file.path.slice(0, slash);
    const names = byPrefix.get(prefix) ?? new Map<string, RepoFile>();
    names.set(file.path.slice(slash), file);
    byPrefix.set(prefix, names);
  }
  return [...byPrefix]
    .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
    .map(([prefix, names]) => ({ prefix, names, has: (name) => names.has(name) }));
}
