import type { Clock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import type { Fetch } from '../../http';
import type { DownloadEngine } from '../downloadEngine';
import { defaultTuning, type Tuning } from '../tuning';
import { WorkerEngine } from './workerEngine';

/** What the engine needs of the extension host. */
export interface DownloadEngineOptions {
  /** The built worker bundle, `dist/transferWorker.js`. */
  readonly workerPath: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The editor's own fetch: the way out where sockets of our own can't connect (a PAC file, Kerberos). */
  readonly fetch?: Fetch;
  /** How long the worker is kept without work, in milliseconds; a minute unless told. */
  readonly idleMs?: number;
  /** For tests: constants that differ from the usual ones. */
  readonly tuning?: Partial<Tuning>;
}

const defaultIdleMs = 60_000;

/** A {@link DownloadEngine} whose worker starts with the first transfer and ends when it has been idle for a while. */
export function createDownloadEngine(options: DownloadEngineOptions): DownloadEngine {
  const { workerPath, logger, clock, fetch, idleMs = defaultIdleMs, tuning } = options;
  return new WorkerEngine({
    workerPath,
    logger,
    clock,
    fetch,
    idleMs,
    tuning: { ...defaultTuning, ...tuning },
  });
}
