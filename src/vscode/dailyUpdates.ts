import type * as vscode from 'vscode';
import { causeText } from '../base/asrError';
import type { Logger } from '../base/logger';
import type { LazyManager } from './lazyManager';
import { offerUpdates } from './updateCommands';

const key = 'asr.updatesCheckedMs';
const dayMs = 86_400_000;

/**
 * Looks for updates when the manager is in use anyway and the last look is a day old. Quiet unless there is one: no
 * network at start, nothing when nothing is downloaded, a failure goes to the log.
 */
export async function checkDaily(
  manager: LazyManager,
  memento: vscode.Memento,
  nowMs: number,
  logger: Logger,
): Promise<void> {
  const last = memento.get<unknown>(key);
  if (typeof last === 'number' && nowMs - last < dayMs) return;
  try {
    const loaded = await manager.get();
    if ((await loaded.downloadedModels()).length === 0) return;
    await memento.update(key, nowMs);
    const updates = await loaded.library.checkForUpdates(undefined, new AbortController().signal);
    await offerUpdates(manager, updates);
  } catch (error) {
    logger.info(`daily update check: ${causeText(error)}`);
  }
}
