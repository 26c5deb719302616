import { AsrError, isCancellation } from '../common/asrError';
import { localized } from '../common/localizedMessage';

/** The operating system's name for a failure (`ENOENT`), or undefined when it is none of its failures. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

function pathOf(error: unknown): string {
  return error instanceof Error && 'path' in error && typeof error.path === 'string'
    ? error.path
    : '';
}

/** A failure of the file system as a sentence with what to do next; our own errors and cancellation pass unchanged. */
export function diskError(error: unknown, folder: string): unknown {
  if (error instanceof AsrError || isCancellation(error)) return error;
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const place = pathOf(error) === '' ? folder : pathOf(error);
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
          place,
        ),
        { cause: error },
      );
    case 'ENOTDIR':
      return new AsrError(
        'diskPermission',
        localized(
          'A file is in the way of a folder: {0}. Remove it or choose another folder.',
          place,
        ),
        { cause: error },
      );
    default:
      return new AsrError(
        'unknown',
        localized('The disk reported {0} at {1}. Check the disk, then try again.', errno, place),
        { cause: error },
      );
  }
}

/** Runs file-system work and rejects with {@link diskError}'s sentence when it fails. */
export async function withDiskErrors<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(error, folder);
  }
}
