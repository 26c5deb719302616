import path from 'node:path';
import { AsrError } from '../../common/asrError';
import { byteText } from '../../common/byteText';
import { localized } from '../../common/localizedMessage';

/** The error of a full disk: says how much is needed and how much there is, and where. */
export function diskFull(
  folder: string,
  neededBytes: number,
  freeBytes: number,
  cause?: unknown,
): AsrError {
  return new AsrError(
    'diskSpace',
    localized(
      'Not enough disk space: needs {0}, {1} free in {2}.',
      byteText(neededBytes),
      byteText(freeBytes),
      folder,
    ),
    { cause, details: { missingBytes: Math.max(0, neededBytes - freeBytes) } },
  );
}

/** The `code` of a system error, or an empty text. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** Whether a system error says that the disk is full (or the user's quota used up). */
export function isNoSpace(error: unknown): boolean {
  return systemCode(error) === 'ENOSPC' || systemCode(error) === 'EDQUOT';
}

/** Names what the file system refused. `filePath` is the partial or the journal; its folder is what a person knows. */
export function diskFault(error: unknown, filePath: string): AsrError {
  if (error instanceof AsrError) return error;
  const folder = path.dirname(filePath);
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AsrError('diskSpace', localized('The disk is full: {0}', folder), {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new AsrError(
        'diskPermission',
        localized(
          'Writing to {0} is not permitted. Choose another folder or change its permissions.',
          folder,
        ),
        { cause: error },
      );
    case 'EROFS':
      return new AsrError(
        'diskPermission',
        localized('{0} lies on a read-only file system. Choose another folder.', folder),
        { cause: error },
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new AsrError(
        'diskPermission',
        localized('The folder {0} is not there any more.', folder),
        { cause: error },
      );
    case 'EIO':
      return new AsrError(
        'unknown',
        localized('The disk reported a fault while {0} was written. Check the disk.', folder),
        { cause: error },
      );
    case 'EMFILE':
    case 'ENFILE':
      return new AsrError(
        'unknown',
        localized('Too many files are open on this machine. Close some programs and try again.'),
        { cause: error },
      );
    default:
      return new AsrError(
        'unknown',
        localized(
          '{0} can’t be written to: {1}',
          folder,
          error instanceof Error ? error.message : String(error),
        ),
        { cause: error },
      );
  }
}
