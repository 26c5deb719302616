import path from 'node:path';
import { AsrError } from '../../common/asrError';
import { byteText } from '../../common/byteText';
import { errnoOf, fileInUseError, tooManyFilesError } from '../../common/fileErrors';
import { localized } from '../../common/localizedMessage';

/** The error of a full disk: says how much is needed, how much there is and where, and what must stay free of it. */
export function diskFull(
  folder: string,
  neededBytes: number,
  freeBytes: number,
  marginBytes: number,
): AsrError {
  const [needed, free] = [byteText(neededBytes), byteText(freeBytes)];
  const text =
    neededBytes > freeBytes
      ? localized('Not enough disk space: needs {0}, {1} free in {2}.', needed, free, folder)
      : localized(
          'Not enough disk space: needs {0}, {1} free in {2}. {3} more must stay free.',
          needed,
          free,
          folder,
          byteText(marginBytes),
        );
  const missingBytes = Math.max(0, neededBytes + marginBytes - freeBytes);
  return new AsrError('diskSpace', text, { details: { missingBytes } });
}

/**
 * Names what the file system refused while a download wrote. `filePath` is the partial or the journal; a person knows
 * only its folder, so the messages name that one. `fileError` of common/fileErrors names the path that failed.
 */
export function diskFault(error: unknown, filePath: string): AsrError {
  if (error instanceof AsrError) return error;
  const folder = path.dirname(filePath);
  switch (errnoOf(error)) {
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
    case 'EBUSY':
    case 'ETXTBSY':
      return fileInUseError(error, filePath);
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
      return tooManyFilesError(error);
    case undefined:
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
