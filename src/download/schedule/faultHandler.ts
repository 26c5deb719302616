import { type AsrError, causeText } from '../../common/asrError';
import type { Clock } from '../../common/clock';
import type { Disposable } from '../../common/disposable';
import type { Logger } from '../../common/logger';
import { backoffMs, toPlainError } from '../../http';
import type { TransferProgress } from '../downloadEngine';
import { isDiskFull } from '../../common/fileErrors';
import { diskFault } from '../files/diskFault';
import { classify } from '../sources/errors';
import { nextHost } from '../sources/sourceClient';
import type { Tuning } from '../tuning';
import type { Connection } from './connection';
import type { ConnectionGovernor } from './connectionGovernor';
import { DiskProblem } from './receive';
import type { FileJob } from './fileJob';
import { fileStillFlows, isProbe } from './silenceWatch';

/** The wait before attempt number `attempt`, in milliseconds. What the server asked for is never undercut. */
export function attemptDelayMs(
  attempt: number,
  { retryBaseMs, retryMaxMs }: Pick<Tuning, 'retryBaseMs' | 'retryMaxMs'>,
  random: number,
  serverAskedMs = 0,
): number {
  const ownMs = backoffMs(attempt, { baseMs: retryBaseMs, maxMs: retryMaxMs }, random);
  return Math.max(serverAskedMs, ownMs);
}

/** After a fault of one connection among flowing ones, its file takes no new one for this long. */
const shortRestMs = 250;
/** Failed attempts at a source while another one is left: waiting longer than trying the next makes no sense. */
const retriesBeforeNext = 2;
/** A server that answers twice with the whole file is taken at its word. */
const maxRangeRefusals = 2;

interface FaultHandlerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tuning: Tuning;
  readonly random: () => number;
  readonly maxRetries: number;
  readonly governor: ConnectionGovernor;
  readonly active: ReadonlySet<Connection>;
  readonly jobs: readonly FileJob[];
  readonly fail: (error: AsrError, file: string | undefined) => void;
  /** The error of a disk without space for what is missing; undefined when there is enough. */
  readonly spaceProblem: () => Promise<AsrError | undefined>;
  /** The disk has space again, or there is something new to report. */
  readonly changed: () => void;
}

/** Turns the faults of connections into waits, changes of source, or the end of the transfer. */
export class FaultHandler implements Disposable {
  readonly #options: FaultHandlerOptions;
  /** `retryAt` is absent until it is known how much is missing. */
  #diskFull: { error: AsrError; retryAt?: number } | undefined;
  #diskTimer: Disposable | undefined;

  constructor(options: FaultHandlerOptions) {
    this.#options = options;
  }

  /** True while the disk is full: nothing new is asked for. */
  get isHeldUp(): boolean {
    return this.#diskFull !== undefined;
  }

  handle(connection: Connection, error: unknown, everReceived: boolean): void {
    const { job } = connection;
    const { logger } = this.#options;
    logger.debug(`download: a connection for ${job.file.path} ended: ${causeText(error)}`);
    if (error instanceof DiskProblem) {
      this.disk(error.cause, job);
      return;
    }
    if (connection.segment.position >= connection.segment.end) return;
    if (connection.cutOff === 'replaced') return;
    this.#act(connection, classify(connection.cutOff ?? error, everReceived));
  }

  #act(connection: Connection, { action, error, serverWaitMs }: ReturnType<typeof classify>): void {
    const { job, address } = connection;
    // Several connections meet a source's end at once: the next source must not pay for it.
    if (action === 'again' || address !== job.address) return;
    switch (action) {
      case 'next':
        this.#sourceIsOut(job, error);
        return;
      case 'noRanges': {
        // Also a 416 that names the size we know. Where nothing is missing it is right, and the file is verified as every
        // complete one is. Where bytes are missing it contradicts itself: none of them may be taken as there, so that
        // they are asked for without a range, as of a source that does not do parts.
        if (job.plan.isComplete) return;
        // Only a refusal of the whole is a failed attempt: parts are not asked for again after the second one.
        const askedWhole = job.address?.whole === true && isWhole(connection);
        this.#refusedRange(job);
        if (askedWhole) this.#retry(connection, error, serverWaitMs);
        return;
      }
      case 'retry':
        this.#retry(connection, error, serverWaitMs);
    }
  }

  #refusedRange(job: FileJob): void {
    const { address } = job;
    if (address === undefined) return;
    address.ranges = false;
    address.rangeRefusals++;
    if (address.rangeRefusals >= maxRangeRefusals) address.whole = true;
  }

  #retry(connection: Connection, error: AsrError, serverWaitMs: number | undefined): void {
    const { clock, governor, active, tuning, maxRetries, random } = this.#options;
    const { job } = connection;
    const nowMs = clock.nowMs();
    const isNetwork = error.code === 'network' && serverWaitMs === undefined;
    if (isNetwork && isProbe(active, connection, nowMs)) {
      job.retryAtMs = Math.max(job.retryAtMs, nowMs + tuning.silentTransferMs);
      return;
    }
    if (error.code === 'network' || error.code === 'rateLimited') {
      governor.retreat(nowMs, active.size + 1);
    }
    if (serverWaitMs === undefined && fileStillFlows(active, connection, nowMs)) {
      job.retryAtMs = Math.max(job.retryAtMs, nowMs + shortRestMs);
      return;
    }
    if (serverWaitMs !== undefined && serverWaitMs > tuning.maxServerWaitMs) {
      this.#sourceIsOut(job, error);
      return;
    }
    // Many connections that fail together are one failed attempt.
    const counted = nowMs >= job.retryAtMs;
    if (counted) job.failures++;
    job.lastError = error;
    const allowed = job.hasNextSource ? Math.min(maxRetries, retriesBeforeNext) : maxRetries;
    if (job.failures > allowed) {
      this.#sourceIsOut(job, error);
      return;
    }
    const delayMs = attemptDelayMs(Math.max(1, job.failures), tuning, random(), serverWaitMs);
    if (counted || serverWaitMs !== undefined) this.#wait(job, nowMs + delayMs, nowMs);
    if (serverWaitMs !== undefined) this.#othersWait(job, error, nowMs + serverWaitMs, nowMs);
  }

  #wait(job: FileJob, untilMs: number, nowMs: number): void {
    job.retryAtMs = Math.max(job.retryAtMs, untilMs);
    job.retryAt = Math.round(this.#options.clock.wallMs() + job.retryAtMs - nowMs);
  }

  /** A server that asks for a wait means all of us: no other file is asked for there before it is over. */
  #othersWait(job: FileJob, error: AsrError, untilMs: number, nowMs: number): void {
    const host = error.details.host;
    for (const other of this.#options.jobs) {
      if (other === job || other.state !== 'fetching' || nextHost(other.address) !== host) continue;
      if (other.retryAtMs >= untilMs) continue;
      other.lastError = error;
      this.#wait(other, untilMs, nowMs);
    }
  }

  #sourceIsOut(job: FileJob, error: AsrError): void {
    const { logger, fail } = this.#options;
    job.firstError ??= error;
    if (job.nextSource()) {
      logger.warn(
        `download: the source of ${job.file.path} is given up (${error.message}); trying the next, ${nextHost(job.address) ?? ''}`,
      );
    } else fail(job.firstError, job.file.path);
  }

  /** A write, a flush or a journal failed. A full disk is waited for; anything else ends the transfer. */
  disk(error: unknown, job: FileJob): void {
    const fault = diskFault(error, job.file.partialPath);
    if (!isDiskFull(error)) {
      this.#options.fail(fault, job.file.path);
      return;
    }
    if (this.#diskFull !== undefined) return;
    this.#options.logger.warn(`download: ${fault.message}; waiting for room`);
    this.#diskFull = { error: fault };
    for (const connection of this.#options.active) connection.cut('replaced');
    void this.#inspectDisk(this.#diskFull, false);
  }

  /** The first check finds the figures to report; later ones end the wait. */
  async #inspectDisk(full: { error: AsrError; retryAt?: number }, mayEnd: boolean): Promise<void> {
    const { clock, tuning, spaceProblem, changed } = this.#options;
    let problem: AsrError | undefined = full.error;
    try {
      problem = await spaceProblem();
    } catch {
      // A check that failed is repeated.
    }
    if (this.#diskFull !== full) return;
    if (problem === undefined && mayEnd) {
      this.#diskFull = undefined;
      changed();
      return;
    }
    full.error = problem ?? full.error;
    full.retryAt = clock.wallMs() + tuning.diskPollMs;
    this.#diskTimer = clock.after(tuning.diskPollMs, () => {
      void this.#inspectDisk(full, true);
    });
    changed();
  }

  /** The reason and end of the wait while no connection is open; undefined when the transfer does not wait. */
  waiting(jobs: readonly FileJob[]): TransferProgress['retry'] {
    const { clock } = this.#options;
    if (this.#diskFull !== undefined) {
      const { error, retryAt } = this.#diskFull;
      return retryAt === undefined
        ? undefined
        : { attempt: 1, retryAt, error: toPlainError(error) };
    }
    const nowMs = clock.nowMs();
    const next = jobs
      .filter(({ state, retryAtMs }) => state === 'fetching' && retryAtMs > nowMs)
      .sort((a, b) => a.retryAtMs - b.retryAtMs)[0];
    if (next?.lastError === undefined) return undefined;
    return {
      attempt: next.failures + 1,
      retryAt: next.retryAt,
      error: toPlainError(next.lastError),
    };
  }

  dispose(): void {
    this.#diskTimer?.dispose();
    this.#diskFull = undefined;
  }
}

function isWhole({ segment, job }: Connection): boolean {
  return segment.start === 0 && segment.end === job.plan.sizeBytes;
}
