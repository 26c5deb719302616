import { mkdir } from 'node:fs/promises';
import { systemClock } from '../common/clock';
import type { Logger } from '../common/logger';
import { Disk } from './disk';
import { Locks } from './locks';

/** Small files are written under these locks, so a living owner holds one for some milliseconds. */
const patienceMs = 10_000;

/**
 * Runs work while no other process of this machine runs work under the same lock. `folder` is one of ours, and is made
 * when it is missing. The lock of a process that has ended is removed.
 */
export async function withFolderLock<T>(
  folder: string,
  name: string,
  logger: Logger,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const locks = new Locks(folder, new Disk([folder]), systemClock, logger);
  const lock = await locks.take(name, 'a small file', patienceMs);
  // A living process that hangs must not keep this one from its work for ever.
  if (lock === undefined) logger.warn(`The lock ${name} was held for ${patienceMs} ms.`);
  try {
    return await work();
  } finally {
    await lock?.release();
  }
}

/**
 * The locks in a folder of ours, which is made when it is missing: for a lock that is held for long, such as the lease of
 * what only one window does.
 */
export async function folderLocks(folder: string, logger: Logger): Promise<Locks> {
  await mkdir(folder, { recursive: true });
  return new Locks(folder, new Disk([folder]), systemClock, logger);
}
