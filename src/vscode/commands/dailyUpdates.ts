import type * as vscode from 'vscode';
import { causeText } from '../../common/asrError';
import type { Logger } from '../../common/logger';
import type { ModelUpdate } from '../../models';

const key = 'asr.updatesCheckedMs';
const dayMs = 86_400_000;

/** What the daily look needs. */
export interface DailyUpdateDependencies {
  readonly memento: Pick<vscode.Memento, 'get' | 'update'>;
  readonly logger: Pick<Logger, 'info'>;
  /** How many models are downloaded; nothing is asked of the hub when there is none. */
  readonly downloaded: () => Promise<number>;
  readonly check: () => Promise<readonly ModelUpdate[]>;
  /** Tells the person; called only when there is an update. */
  readonly offer: (updates: readonly ModelUpdate[]) => Promise<void>;
}

/**
 * Looks for updates when the manager is in use anyway and the last look is a day old. Quiet unless there is one: no
 * network at start, nothing when nothing is downloaded, a failure goes to the log. `nowMs`: milliseconds since 1970.
 */
export async function checkDaily(ports: DailyUpdateDependencies, nowMs: number): Promise<void> {
  const { memento, logger } = ports;
  const last = memento.get<unknown>(key);
  // A clock that was set back must not keep the look from ever coming.
  if (typeof last === 'number' && nowMs >= last && nowMs - last < dayMs) return;
  try {
    if ((await ports.downloaded()) === 0) return;
    await memento.update(key, nowMs);
    const updates = await ports.check();
    if (updates.length > 0) await ports.offer(updates);
  } catch (error) {
    logger.info(`daily update check: ${causeText(error)}`);
  }
}
