import type { UninstallPlan, UninstallReport } from '../cache';
import type { ManagerDependencies } from './managerDependencies';

/** What the store and the catalogs keep on this computer. */
export async function planUninstall({
  store,
  catalog,
}: Pick<ManagerDependencies, 'store' | 'catalog'>): Promise<UninstallPlan> {
  const [found, copiesBytes] = await Promise.all([store.uninstallPlan(), catalog.copiesBytes()]);
  return { ...found, bytes: found.bytes + copiesBytes };
}

/** Removes all of that. */
export async function uninstall({
  store,
  catalog,
}: Pick<ManagerDependencies, 'store' | 'catalog'>): Promise<UninstallReport> {
  const removed = await store.uninstall();
  const copiesBytes = await catalog.copiesBytes();
  await catalog.removeCopies();
  return { ...removed, reclaimedBytes: removed.reclaimedBytes + copiesBytes };
}
