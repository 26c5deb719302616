import type * as vscode from 'vscode';
import { causeText } from '../../common/asrError';
import type { Logger } from '../../common/logger';
import type { ModelUpdate } from '../../models';
import { mementoKeys } from '../host/mementos';

const dayMs = 86_400_000;

/** What the daily check needs. */
export interface DailyUpdateDependencies {
  readonly memento: Pick<vscode.Memento, 'get' | 'update'>;
  readonly logger: Pick<Logger, 'info'>;
  /** How many models are downloaded; the hub is not asked when there is none. */
  readonly downloaded: () => Promise<number>;
  readonly check: () => Promise<readonly ModelUpdate[]>;
  /** Shows the updates; called only when there is one. */
  readonly offer: (updates: readonly ModelUpdate[]) => Promise<void>;
}

/**
 * Checks for updates when the manager is in use anyway and the last check is a day old. Quiet unless there is one: no
 * network at start, nothing when nothing is downloaded, a failure goes to the log. `nowMs`: milliseconds since 1970.
 */
export async function checkDaily(
  dependencies: DailyUpdateDependencies,
  nowMs: number,
): Promise<void> {
  const { memento, logger } = dependencies;
  const last = memento.get<unknown>(mementoKeys.updatesCheckedMs);
  // A clock that was set back must not prevent the check for ever.
  if (typeof last === 'number' && nowMs >= last && nowMs - last < dayMs) return;
  try {
    if ((await dependencies.downloaded()) === 0) return;
    await memento.update(mementoKeys.updatesCheckedMs, nowMs);
    const updates = await dependencies.check();
    if (updates.length > 0) await dependencies.offer(updates);
  } catch (error) {
    logger.info(`daily update check: ${causeText(error)}`);
  }
}
