import { AsrError } from '../common/asrError';
import { byteText } from '../common/byteText';
import { localized } from '../common/localizedMessage';

/** Kept free for the rest of the machine: journals, logs, the editor. */
export const marginBytes = 64 * 1024 * 1024;

/** What has to fit below a folder, in bytes: a download's missing bytes, and those of the downloads behind it. */
export interface SpaceNeed {
  readonly neededBytes: number;
  readonly queuedBytes: number;
  /** Undefined where it can't be told. */
  readonly freeBytes: number | undefined;
  readonly folder: string;
}

/**
 * Whether the bytes still to come fit, with a margin. Returns the error to end with, or undefined when they fit or the
 * free space is unknown: a file system that reports wrong figures must not prevent a download
 * (docs/hub-protocol.md section 7).
 */
export function diskSpaceProblem(need: SpaceNeed): AsrError | undefined {
  const { neededBytes, queuedBytes, freeBytes, folder } = need;
  if (freeBytes === undefined || neededBytes === 0) return undefined;
  const missingBytes = neededBytes + queuedBytes + marginBytes - freeBytes;
  if (missingBytes <= 0) return undefined;
  const needed = byteText(neededBytes + queuedBytes);
  const free = byteText(freeBytes);
  const text =
    neededBytes + marginBytes > freeBytes
      ? localized(
          'Not enough disk space: needs {0}, {1} free in {2}. Free up space or choose another folder.',
          byteText(neededBytes),
          free,
          folder,
        )
      : localized(
          'Not enough disk space: needs {0} with the downloads that wait behind it, {1} free in {2}. Free up space, choose another folder, or cancel one of them.',
          needed,
          free,
          folder,
        );
  return new AsrError('diskSpace', text, { details: { missingBytes } });
}
