import type { Everything, RemovedEverything } from '../cache';
import type { ManagerPorts } from './managerPorts';

/** What the store and the catalogs keep on this computer. */
export async function findEverything({
  store,
  catalog,
}: Pick<ManagerPorts, 'store' | 'catalog'>): Promise<Everything> {
  const [found, copiesBytes] = await Promise.all([store.everything(), catalog.copiesBytes()]);
  return { ...found, bytes: found.bytes + copiesBytes };
}

/** Removes all of that. */
export async function removeEverything({
  store,
  catalog,
}: Pick<ManagerPorts, 'store' | 'catalog'>): Promise<RemovedEverything> {
  const removed = await store.removeEverything();
  const copiesBytes = await catalog.copiesBytes();
  await catalog.removeCopies();
  return { ...removed, reclaimedBytes: removed.reclaimedBytes + copiesBytes };
}
