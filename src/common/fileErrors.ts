import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError, isCancellation } from './asrError';
import { localized } from './localizedMessage';
import { isTop } from './paths';

/** Failures that Node tells by their number alone, as each system counts them (its `errno.h`). */
const unnamed: Readonly<Partial<Record<NodeJS.Platform, Readonly<Record<number, string>>>>> = {
  linux: { 116: 'ESTALE', 117: 'EUCLEAN', 121: 'EREMOTEIO', 122: 'EDQUOT', 123: 'ENOMEDIUM' },
  darwin: { 69: 'EDQUOT', 70: 'ESTALE' },
};

/** The operating system's name for a failure (`ENOENT`), or undefined when the error is none of its failures. */
export function errnoOf(
  error: unknown,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') {
    return undefined;
  }
  const number = 'errno' in error && typeof error.errno === 'number' ? -error.errno : 0;
  return unnamed[platform]?.[number] ?? error.code;
}

/** Whether a write failed because the disk, or the user's quota on it, is full. */
export function isDiskFull(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOSPC' || errno === 'EDQUOT';
}

/**
 * A failure of the file system as an {@link AsrError} that says what to do next. Everything else (an AsrError, a
 * cancellation, a programming error) is returned unchanged.
 *
 * @param folder the folder the work was about; named where the failure does not name a path itself
 */
export function fileError(error: unknown, folder: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined || error instanceof AsrError || isCancellation(error)) return error;
  const failedPath = pathOf(error) ?? folder;
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AsrError(
        'diskSpace',
        localized(
          'The disk with {0} is full. Free some space or choose another folder, then try again.',
          folder,
        ),
        { cause: error },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AsrError(
        'diskPermission',
        localized(
          'No permission to change {0}. Choose another folder or change its permissions.',
          failedPath,
        ),
        { cause: error },
      );
    case 'EBUSY':
    case 'ETXTBSY':
      return fileInUseError(error, failedPath);
    case 'ENOTDIR':
    case 'EEXIST':
      return new AsrError(
        'diskPermission',
        localized(
          'A file is in the way of a folder: {0}. Remove it or choose another folder.',
          failedPath,
        ),
        { cause: error },
      );
    case 'EISDIR':
    case 'ENOTEMPTY':
      return new AsrError(
        'diskPermission',
        localized(
          'A folder is in the way of a file: {0}. Move it elsewhere, then try again.',
          failedPath,
        ),
        { cause: error },
      );
    case 'EMFILE':
    case 'ENFILE':
      return tooManyFilesError(error);
    default:
      return new AsrError(
        'unknown',
        localized(
          'The disk reported {0} at {1}. Check the disk, then try again.',
          errno,
          failedPath,
        ),
        { cause: error },
      );
  }
}

/** The error of a file that another program keeps open. */
export function fileInUseError(cause: unknown, filePath: string): AsrError {
  return new AsrError(
    'unknown',
    localized('{0} is in use by another program. Close that program, then try again.', filePath),
    { cause },
  );
}

/** The error of a process, or a machine, that has reached its limit of open files. */
export function tooManyFilesError(cause: unknown): AsrError {
  return new AsrError(
    'unknown',
    localized('Too many files are open on this machine. Close some programs and try again.'),
    { cause },
  );
}

/** Runs file-system work and rejects with {@link fileError}'s error when it fails. */
export async function withFileErrors<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, folder);
  }
}

/** Free bytes of a file system for this user, and a number that tells it from the machine's other file systems. */
interface FreeSpace {
  readonly bytes: number;
  readonly device: number;
}

/** The free space of a folder, or of its nearest ancestor that exists. Undefined when it can't be read. */
export async function freeSpace(folder: string): Promise<FreeSpace | undefined> {
  try {
    const [space, stats] = await Promise.all([fs.statfs(folder), fs.stat(folder)]);
    return { bytes: space.bavail * space.bsize, device: stats.dev };
  } catch {
    return isTop(folder) ? undefined : await freeSpace(path.dirname(folder));
  }
}

/** The file that was to be changed: of a link not what it should lead to. */
function pathOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const {
    syscall,
    path: named,
    dest,
  } = error as NodeJS.ErrnoException & { readonly dest?: unknown };
  const changed = syscall === 'symlink' || syscall === 'link' ? dest : named;
  return typeof changed === 'string' && changed !== '' ? changed : undefined;
}
