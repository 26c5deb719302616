import { causeText } from '../../common/asrError';
import type { Logger } from '../../common/logger';
import type { TransferOutcome } from '../downloadEngine';
import type { FileJob } from './fileJob';

/** Lets go of the files that are not verified: flushed and journalled, or removed when the transfer was cancelled. */
export async function closeJobs(
  jobs: readonly FileJob[],
  outcome: TransferOutcome,
  logger: Logger,
): Promise<void> {
  const remove = outcome.kind === 'cancelled';
  for (const job of jobs) {
    if (job.state === 'verified') continue;
    try {
      await job.close(remove);
      if (remove) await job.discard();
    } catch (error) {
      logger.warn(`download: closing ${job.file.path}: ${causeText(error)}`);
    }
  }
}
