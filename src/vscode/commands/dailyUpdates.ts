import type * as vscode from 'vscode';
import { causeText } from '../../common/asrError';
import type { Logger } from '../../common/logger';
import type { ModelManager, ModelUpdate } from '../../models';
import { mementoKeys } from '../host/mementos';

const dayMs = 86_400_000;

/** The part of the manager that the daily check uses. */
interface UpdateSource {
  downloadedModels(): Promise<readonly unknown[]>;
  readonly library: Pick<ModelManager['library'], 'checkForUpdates'>;
}

/**
 * Checks for updates when the manager is in use anyway and the last check is a day old. Quiet unless there is one: no
 * network at start, nothing when nothing is downloaded, a failure goes to the log. `offer` shows the updates and is
 * called only when there is one. `nowMs`: milliseconds since 1970.
 */
export async function checkDaily(
  manager: { get(): Promise<UpdateSource> },
  memento: Pick<vscode.Memento, 'get' | 'update'>,
  logger: Pick<Logger, 'info'>,
  offer: (updates: readonly ModelUpdate[]) => Promise<void>,
  nowMs: number,
): Promise<void> {
  const last = memento.get<unknown>(mementoKeys.updatesCheckedMs);
  // A clock that was set back must not prevent the check for ever.
  if (typeof last === 'number' && nowMs >= last && nowMs - last < dayMs) return;
  try {
    const loaded = await manager.get();
    if ((await loaded.downloadedModels()).length === 0) return;
    await memento.update(mementoKeys.updatesCheckedMs, nowMs);
    const never = new AbortController().signal;
    const updates = await loaded.library.checkForUpdates(undefined, never);
    if (updates.length > 0) await offer(updates);
  } catch (error) {
    logger.info(`daily update check: ${causeText(error)}`);
  }
}
