import { mkdir } from 'node:fs/promises';
import { systemClock } from '../common/clock';
import type { Logger } from '../common/logger';
import { Disk } from './disk';
import { type Lock, Locks } from './locks';

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
 * A lock in a folder of ours that is held for long: the lease of what only one process does. Each call takes it, or gives
 * undefined while another process holds it.
 */
export function folderLease(
  folder: string,
  name: string,
  logger: Logger,
): () => Promise<Lock | undefined> {
  const locks = new Locks(folder, new Disk([folder]), systemClock, logger);
  return async () => {
    await mkdir(folder, { recursive: true });
    const attempt = await locks.tryTake(name, name);
    return 'lock' in attempt ? attempt.lock : undefined;
  };
}
