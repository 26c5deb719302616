import { AsrError } from '../base/asrError';
import { byteText } from '../base/byteText';
import { sentence } from '../base/sentence';

/** Kept free for the rest of the machine: journals, logs, the editor. */
export const marginBytes = 64 * 1024 * 1024;

/**
 * Whether the bytes still to come fit. Returns the error to end with, or undefined when they fit or the free space
 * can't be told (a file system that lies must not prevent a download: hub-protocol 5, "Disk space").
 */
export function diskSpaceProblem(
  neededBytes: number,
  freeBytes: number | undefined,
  folder: string,
): AsrError | undefined {
  if (freeBytes === undefined || neededBytes === 0) return undefined;
  if (neededBytes + marginBytes <= freeBytes) return undefined;
  return new AsrError(
    'diskSpace',
    sentence(
      'Not enough disk space: needs {0}, {1} free in {2}. Free up space or choose another folder.',
      byteText(neededBytes),
      byteText(freeBytes),
      folder,
    ),
    { details: { missingBytes: neededBytes + marginBytes - freeBytes } },
  );
}
