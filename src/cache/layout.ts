import path from 'node:path';

/**
 * The layout of the cache (docs/hub-protocol.md section 5.1). Pure: names and paths only. Folder names below a
 * repository are constants here and nowhere else.
 */
const repoPrefix = 'models--';

/** The parts of a repository's folder that the cache knows; anything else in it belongs to another program. */
export const repoParts = ['blobs', 'snapshots', 'refs', 'trees', 'partial', '.no_exist'] as const;

/**
 * The tag by which backup programs recognise a cache. They compare its first line (docs/hub-protocol.md section 5.1).
 */
export const cacheTagName = 'CACHEDIR.TAG';
export const cacheTagSignature = 'Signature: 8a477f597d28d172789f06886806bc55';
export const cacheTagText =
  `${cacheTagSignature}\n# This folder is a cache of models that can be downloaded again.\n` +
  '# Backup programs may leave it out: https://bford.info/cachedir/\n';

/**
 * A folder of the cache's root that scanners of other tools skip (they keep their lock files there). What
 * is being put together or taken apart lies here, because any other extra name in the root makes them warn.
 */
export const locksFolderName = '.locks';
const stagingPrefix = 'asr-staging-';

/** The folder of what all programs on this cache share: locks, progress, the ledger. It may be deleted at any time. */
export function sharedFolder(hubRoot: string): string {
  return path.join(hubRoot, locksFolderName, 'asr');
}

/** The name of a staging folder. The process that made it holds the lock of the same name. */
export function stagingName(unique: string): string {
  return stagingPrefix + unique;
}

export function isStaging(name: string): boolean {
  return name.startsWith(stagingPrefix);
}

/** `org/name` -> `models--org--name`. */
export function repoFolderName(repo: string): string {
  return repoPrefix + repo.split('/').join('--');
}

/** `models--org--name` -> `org/name`; undefined for a folder that is not a model's. */
export function repoOfFolder(folder: string): string | undefined {
  if (!folder.startsWith(repoPrefix)) return undefined;
  const name = folder.slice(repoPrefix.length);
  const cut = name.indexOf('--');
  const repo = cut < 0 ? name : `${name.slice(0, cut)}/${name.slice(cut + 2)}`;
  return repo === '' || repo.startsWith('/') || repo.endsWith('/') ? undefined : repo;
}

/** The text of the link that leads from a snapshot's entry to its blob: two steps up, and one per sub-folder. */
export function blobLinkTarget(entryPath: string, blobName: string): string {
  return `${'../'.repeat(entryPath.split('/').length + 1)}blobs/${blobName}`;
}

/** Absolute paths of one repository's folder. */
export interface RepoPaths {
  readonly folder: string;
  readonly blobs: string;
  readonly snapshots: string;
  readonly refs: string;
  readonly trees: string;
  readonly partial: string;
  blob(name: string): string;
  snapshot(commit: string): string;
  entry(commit: string, entryPath: string): string;
  ref(revision: string): string;
  tree(commit: string): string;
  partialFile(digestHex: string): string;
  journal(digestHex: string): string;
}

/** The paths of a repository in a cache, or of one that is being put together in `folder`. */
export function repoPathsAt(folder: string): RepoPaths {
  const below = folder + path.sep;
  const part = (name: (typeof repoParts)[number]): string => below + name;
  const native = (slashed: string): string =>
    path.sep === '/' ? slashed : slashed.split('/').join(path.sep);
  const [blobs, snapshots, refs] = [part('blobs'), part('snapshots'), part('refs')];
  const [trees, partial] = [part('trees'), part('partial')];
  return {
    folder,
    blobs,
    snapshots,
    refs,
    trees,
    partial,
    blob: (name) => blobs + path.sep + name,
    snapshot: (commit) => snapshots + path.sep + commit,
    entry: (commit, entryPath) => snapshots + path.sep + commit + path.sep + native(entryPath),
    ref: (revision) => refs + path.sep + native(revision),
    tree: (commit) => `${trees}${path.sep}${commit}.json`,
    partialFile: (digestHex) => partial + path.sep + digestHex,
    journal: (digestHex) => `${partial}${path.sep}${digestHex}.json`,
  };
}

/** Whether a revision is a commit's own hash: it gets no ref. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
