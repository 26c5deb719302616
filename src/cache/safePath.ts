import { AsrError } from '../common/asrError';
import { type Digest, parseDigest } from '../common/digest';
import { localized, phrase } from '../common/localizedMessage';
import { folded } from '../common/paths';
import { isRepoId } from '../common/repository';

/**
 * Which names from outside may become paths. What could do harm is judged by the rules of POSIX and of Windows on every
 * platform, because a cache can be carried from one to the other. What only some disks can hold (a name that Windows
 * forbids, two names that differ in case) is a question to the disk: unheldPaths.ts.
 */

/** Longest name of one file or folder in UTF-8 bytes: 255 on the usual file systems, less the space for a suffix. */
const maxSegmentBytes = 240;
/** Longest path inside a repository in UTF-8 bytes; leaves space for the cache's own folders (macOS: 1,024 in all). */
const maxPathBytes = 640;

const deviceName =
  /^(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|:|$)/i;
const forbiddenCharacter = /[<>:"|?*]/;
/** Control characters, and those that are not seen or turn the direction of what follows: a name with them lies. */
const unseenCharacter = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** Names that git takes for its own folder, and would run programs from. */
const gitFolder = /^(?:\.git|git~1)[. ]*$/i;
const drive = /^[a-z]:/i;

/** Why a slash-separated path may not be written below a folder, as a phrase of a message; undefined when it may. */
export function pathProblem(path: string): string | undefined {
  return harmProblem(path) ?? portabilityProblem(path);
}

/** Why a path is refused on every disk; undefined when it is harmless. */
function harmProblem(path: string): string | undefined {
  const escape = escapeProblem(path);
  if (escape !== undefined) return escape;
  if (/\p{Surrogate}/u.test(path)) return phrase('broken Unicode');
  if (unseenCharacter.test(path)) return phrase('a character that is not seen');
  if (path.split('/').some((segment) => gitFolder.test(segment))) return phrase('a folder of git');
  return undefined;
}

/** Why some disk can't hold a path; undefined when every disk can. */
export function portabilityProblem(path: string): string | undefined {
  if (Buffer.byteLength(path) > maxPathBytes) return phrase('too long');
  for (const segment of path.split('/')) {
    if (Buffer.byteLength(segment) > maxSegmentBytes) return phrase('a name in it is too long');
    if (forbiddenCharacter.test(segment)) return phrase('a character that Windows forbids');
    if (deviceName.test(segment)) return phrase('a name that Windows reserves');
    if (/[. ]$/.test(segment)) return phrase('a name that ends with a dot or a space');
  }
  return undefined;
}

/** Why a path could lead out of the folder it is meant for, on POSIX or on Windows; undefined when it can't. */
export function escapeProblem(path: string): string | undefined {
  if (path === '') return phrase('an empty name');
  if (path.includes('\0')) return phrase('a NUL character');
  if (path.includes('\\')) return phrase('a backslash');
  if (path.startsWith('/')) return phrase('an absolute path');
  if (drive.test(path)) return phrase('a drive');
  const segments = path.split('/');
  if (segments.some((segment) => /^\.+ *$/.test(segment) || segment === '~'))
    return phrase('a dot segment');
  if (segments.includes('')) return phrase('an empty segment');
  return undefined;
}

/** Rejects with `unsupported` when one of the paths is refused on every disk. */
export function assertHarmlessPaths(paths: readonly string[]): void {
  for (const path of paths) {
    const problem = harmProblem(path);
    if (problem !== undefined) throw unsafe(path, problem);
  }
}

/**
 * Paths that can't exist together with the others, each with the reason: the same name twice where case and Unicode
 * form do not count (`ignoresCase`), or a file that is also a folder. The first of two stays.
 */
export function collidingPaths(
  paths: readonly string[],
  ignoresCase: boolean,
): ReadonlyMap<string, string> {
  const fold = (path: string): string => (ignoresCase ? folded(path) : path);
  const colliding = new Map<string, string>();
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const path of paths) {
    const known = fold(path);
    if (files.has(known)) {
      colliding.set(path, phrase('another file differs only in upper and lower case'));
      continue;
    }
    files.add(known);
    for (let cut = known.lastIndexOf('/'); cut > 0; cut = known.lastIndexOf('/', cut - 1)) {
      folders.add(known.slice(0, cut));
    }
  }
  for (const path of paths) {
    if (folders.has(fold(path))) colliding.set(path, phrase('it is a file and a folder at once'));
  }
  return colliding;
}

/** Rejects with `unsupported` when a path that is only written down could lead out of its folder. */
export function assertContainedPaths(paths: readonly string[]): void {
  for (const path of paths) {
    const problem = escapeProblem(path);
    if (problem !== undefined) throw unsafe(path, problem);
  }
}

/** Rejects with `unsupported` unless this is `name` or `org/name` as the Hub spells repositories. */
export function assertRepoId(repo: string): void {
  const problem = isRepoId(repo) ? pathProblem(repo) : phrase('not a repository name');
  if (problem !== undefined) throw unsafe(repo, problem);
}

/**
 * Rejects with `unsupported` unless this can be the name of a repository that lies in the cache. Milder than
 * {@link assertRepoId}: what other tools named must be possible to delete.
 */
export function assertStoredRepo(repo: string): void {
  const problem = repo.split('/').length > 2 ? phrase('not a repository name') : pathProblem(repo);
  if (problem !== undefined) throw unsafe(repo, problem);
}

/** Rejects with `unsupported` unless every digest is one: they become file names. */
export function assertDigests(
  entries: readonly { readonly path: string; readonly digest: Digest }[],
): void {
  for (const { path, digest } of entries) {
    if (parseDigest(digest.hex)?.algorithm !== digest.algorithm)
      throw unsafe(path, phrase('no digest'));
  }
}

/** Rejects with `unsupported` unless this can name a ref's file and a commit's folder. */
export function assertRevision(revision: string, commit: string): void {
  const problem = pathProblem(revision);
  if (problem !== undefined) throw unsafe(revision, problem);
  if (!/^[0-9a-f]{40}$/.test(commit)) throw unsafe(commit, phrase('not a commit'));
}

/** Rejects with `unsupported` unless this can be the folder of a snapshot; other tools' need not be a commit's hash. */
export function assertSnapshotName(commit: string): void {
  const problem = commit.includes('/') ? phrase('not a folder name') : pathProblem(commit);
  if (problem !== undefined) throw unsafe(commit, problem);
}

function unsafe(name: string, problem: string): AsrError {
  const shown = JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
  return new AsrError(
    'unsupported',
    localized(
      'The model names a file that can’t be stored safely: {0} ({1}). Nothing was written for it.',
      shown,
      problem,
    ),
  );
}
