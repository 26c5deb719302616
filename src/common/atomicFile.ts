import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { type Clock, systemClock } from './clock';
import { removeWhenFree, renameWhenFree, retryInUse } from './fileInUse';

interface AtomicWriteOptions {
  /** The temporary file, on the target's file system; it must not exist. Default: a new name next to the target. */
  readonly temporary?: string;
  /** False for a file that has no meaning after a power cut. Default: flushed to the disk before the rename. */
  readonly flush?: boolean;
  /** The file's permissions from its first moment. Default: the system's. */
  readonly mode?: number;
  /** By which a file that another program has open is waited for. Default: the system's. */
  readonly clock?: Clock;
  /** Called before each change of the disk; a rejection prevents that change. */
  readonly beforeChange?: (operation: 'write' | 'rename', path: string) => Promise<void>;
}

/**
 * Writes a small file as a whole: a temporary file, then renamed over the target. After a crash the target has either
 * its old content or the new one. The folder must exist. Rejections are the operating system's; a temporary file that
 * could not be renamed is removed.
 */
export async function writeFileAtomically(
  target: string,
  text: string,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const { clock = systemClock } = options;
  const temporary = options.temporary ?? `${target}.${randomUUID()}.tmp`;
  await options.beforeChange?.('write', temporary);
  // Created exclusively: a link with this name must not lead the text elsewhere.
  const file = await retryInUse(clock, [temporary], () => fs.open(temporary, 'wx', options.mode));
  try {
    try {
      await file.writeFile(text);
      if (options.flush !== false) await file.datasync();
    } finally {
      await file.close();
    }
    await options.beforeChange?.('rename', target);
    await renameWhenFree(temporary, target, clock);
  } catch (error) {
    await removeWhenFree(temporary, clock).catch(() => undefined);
    throw error;
  }
}
