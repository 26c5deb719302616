import type { PreparedSnapshot } from '../cache';
import { causeText, isCancellation } from '../common/asrError';
import type { ManagerDependencies } from './managerDependencies';

/**
 * Takes the files that another cache on this machine already has, and returns their paths. Whatever goes wrong there
 * is only logged: the network still has them.
 */
export async function adoptFromDisk(
  { store, otherCaches, logger }: Pick<ManagerDependencies, 'store' | 'otherCaches' | 'logger'>,
  prepared: PreparedSnapshot,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (prepared.files.every(({ state }) => state === 'present')) return [];
  try {
    const adopted = await store.adopt(prepared, { caches: otherCaches, signal });
    if (adopted.length > 0) {
      logger.info(`${prepared.spec.repo}: ${adopted.length} files were already on this machine`);
    }
    return adopted;
  } catch (error) {
    if (isCancellation(error)) throw error;
    logger.warn(`${prepared.spec.repo}: nothing was adopted: ${causeText(error)}`);
    return [];
  }
}
