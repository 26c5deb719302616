import { AsrError, causeText, toAsrError } from '../../common/asrError';
import type { Clock } from '../../common/clock';
import { deferred } from '../../common/deferred';
import type { Disposable } from '../../common/disposable';
import type { Logger } from '../../common/logger';
import type { Transport } from '../../http';
import { defined } from '../../protocol/defined';
import type {
  FileToFetch,
  Transfer,
  TransferObserver,
  TransferOutcome,
  TransferRequest,
} from '../downloadEngine';
import { BufferPool, type MemoryPool } from '../files/bufferPool';
import type { PartialFiles } from '../files/partialFiles';
import { diskFault } from '../files/diskFault';
import type { Hasher } from '../files/hashQueue';
import { SourceClient } from '../sources/sourceClient';
import type { Tuning } from '../tuning';
import { BandwidthCap } from './bandwidthCap';
import { Connection } from './connection';
import { ConnectionGovernor } from './connectionGovernor';
import { spaceProblem } from './diskGuard';
import { FaultHandler } from './faultHandler';
import { FileJob, groupSameBytes, type SameBytes } from './fileJob';
import { ProgressReport, ProgressRhythm, SpeedMeter } from './progressReport';
import { Arrivals, receive, type ReceiveDependencies } from './receive';
import { chooseSegment } from './segmentChoice';
import { StragglerWatch, TransferMonitor } from './transferMonitor';

/** The dependencies of a transfer. */
export interface TransferDependencies {
  readonly transport: Transport;
  readonly disk: PartialFiles;
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tuning: Tuning;
  /** The memory that connections fill; transfers of one thread share it, one after the other. */
  readonly memory: MemoryPool;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Starts a transfer on this thread. `verified`: files that are done already and only count in the figures. `reported`:
 * bytes by file path that an earlier worker reported.
 */
export function runTransfer(
  request: TransferRequest,
  observer: TransferObserver,
  ports: TransferDependencies,
  verified: ReadonlySet<FileToFetch> = new Set(),
  reported: ReadonlyMap<string, number> = new Map(),
): Transfer {
  return new TransferRun(request, observer, ports, verified, reported);
}

class TransferRun implements Transfer {
  readonly finished: Promise<TransferOutcome>;
  readonly #request: TransferRequest;
  readonly #observer: TransferObserver;
  readonly #dependencies: TransferDependencies;
  readonly #receiveDependencies: ReceiveDependencies;
  readonly #cap: BandwidthCap;
  readonly #governor: ConnectionGovernor;
  readonly #meter: SpeedMeter;
  readonly #stragglers: StragglerWatch;
  readonly #faults: FaultHandler;
  readonly #report: ProgressReport;
  readonly #rhythm = new ProgressRhythm();
  readonly #active = new Set<Connection>();
  readonly #arrivals = new Arrivals();
  readonly #receiving = new Set<Promise<unknown>>();
  readonly #work = new Set<Promise<void>>();
  readonly #monitor: TransferMonitor;
  #alarm: Disposable | undefined;
  readonly #end = deferred<TransferOutcome>();
  readonly #jobs: FileJob[] = [];
  #ended = false;
  #isAbandoned = false;

  constructor(
    request: TransferRequest,
    observer: TransferObserver,
    ports: TransferDependencies,
    verified: ReadonlySet<FileToFetch>,
    reported: ReadonlyMap<string, number>,
  ) {
    const { clock, tuning, transport, logger } = ports;
    const { settings, userAgent } = request;
    const goOn = (): void => this.#pump();
    this.#request = request;
    this.#observer = observer;
    this.#dependencies = ports;
    this.#report = new ProgressReport(reported);
    this.#cap = new BandwidthCap(clock, settings.maxBytesPerSecond);
    this.#governor = new ConnectionGovernor(settings.maxConnections, tuning.startConnections);
    this.#meter = new SpeedMeter(clock.nowMs());
    this.#stragglers = new StragglerWatch(tuning);
    this.#faults = new FaultHandler({
      clock,
      logger,
      tuning,
      random: ports.random,
      maxRetries: settings.maxRetries,
      governor: this.#governor,
      active: this.#active,
      jobs: this.#jobs,
      fail: (error, file) => this.#endWith({ kind: 'failed', error, ...defined({ file }) }),
      spaceProblem: () => this.#spaceProblem(),
      changed: goOn,
    });
    this.#receiveDependencies = {
      client: new SourceClient({
        transport,
        userAgent,
        headTimeoutMs: Math.min(tuning.headTimeoutMs, settings.stallTimeoutMs),
        clock,
        onRanges: goOn,
      }),
      cap: this.#cap,
      clock,
      tuning,
      pool: new BufferPool(settings.maxConnections, tuning.writeBytes, ports.memory),
      arrivals: this.#arrivals,
    };
    this.#monitor = new TransferMonitor({
      clock,
      tuning,
      stallTimeoutMs: settings.stallTimeoutMs,
      active: this.#active,
      governor: this.#governor,
      meter: this.#meter,
      stragglers: this.#stragglers,
      arrivals: this.#arrivals,
      cap: this.#cap,
      grow: goOn,
      report: () => this.#sendReport(),
    });
    this.finished = this.#run(verified);
  }

  pause(): void {
    this.#endWith({ kind: 'paused' });
  }

  cancel(): void {
    this.#endWith({ kind: 'cancelled' });
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#endWith({ kind: 'paused' });
  }

  setMaxBytesPerSecond(bytesPerSecond: number): void {
    this.#cap.set(bytesPerSecond);
  }

  async #run(verified: ReadonlySet<FileToFetch>): Promise<TransferOutcome> {
    let outcome: TransferOutcome;
    try {
      await this.#begin(verified);
      outcome = await this.#end.promise;
    } catch (error) {
      this.#endWith({ kind: 'failed', error: toAsrError(error) });
      outcome = await this.#end.promise;
    }
    while (this.#work.size > 0) await Promise.all(this.#work);
    this.#receiveDependencies.pool.release();
    const fate = this.#isAbandoned ? 'abandon' : outcome.kind === 'cancelled' ? 'remove' : 'keep';
    await closeJobs(this.#jobs, fate, this.#dependencies.logger);
    return outcome;
  }

  async #begin(verified: ReadonlySet<FileToFetch>): Promise<void> {
    const { files, queuedBytes } = this.#request;
    const { disk, tuning } = this.#dependencies;
    const groups = groupSameBytes(files);
    this.#jobs.push(...(await Promise.all(groups.map((same) => this.#load(same, verified)))));
    const problem = await spaceProblem(this.#jobs, disk, queuedBytes ?? 0, tuning.diskMarginBytes);
    if (problem !== undefined) throw problem;
    if (this.#ended) return; // Nothing may be started that would not be ended any more.
    this.#monitor.start();
    this.#pump();
  }

  async #load(files: SameBytes, verified: ReadonlySet<FileToFetch>): Promise<FileJob> {
    const { maxConnections } = this.#request.settings;
    const onDiskError = (error: unknown, job: FileJob): void => this.#diskError(error, job);
    try {
      return await FileJob.load(
        files,
        { ...this.#dependencies, maxConnections, onDiskError },
        verified,
      );
    } catch (error) {
      throw diskFault(error, files[0].partialPath);
    }
  }

  /** The error of a disk that is still too full; when it has space again, the files are opened again. */
  async #spaceProblem(): Promise<AsrError | undefined> {
    const problem = await spaceProblem(this.#jobs, this.#dependencies.disk, 0, 0);
    if (problem !== undefined) return problem;
    // Connections that were cut may still be writing what had come.
    await Promise.all(this.#receiving);
    for (const job of this.#jobs) if (job.state === 'fetching') await job.letGo();
    return undefined;
  }

  /** Starts connections while there is work for them and the governor wants more. */
  #pump(): void {
    if (this.#ended) return;
    const nowMs = this.#dependencies.clock.nowMs();
    if (!this.#faults.isHeldUp) {
      while (this.#active.size < this.#governor.target) {
        const choice = chooseSegment({
          jobs: this.#jobs,
          active: this.#active,
          targetConnections: this.#governor.target,
          connectionSpeed: this.#meter.connectionBytesPerMs(nowMs, this.#active.size),
          usualSpeed: this.#stragglers.usualBytesPerMs,
          nowMs,
          tuning: this.#dependencies.tuning,
        });
        if (choice === undefined) break;
        this.#launch(new Connection(choice.job, choice.segment, this.#dependencies.clock));
      }
      for (const job of this.#jobs) this.#completed(job);
    }
    this.#setAlarm(nowMs);
    this.#sendReport();
  }

  /**
   * Continues when the first file that waits for its next attempt may. `nowMs`: when the files were inspected; what became
   * due since then rings too.
   */
  #setAlarm(nowMs: number): void {
    const { clock } = this.#dependencies;
    this.#alarm?.dispose();
    this.#alarm = undefined;
    let next = Infinity;
    for (const { state, retryAtMs } of this.#jobs) {
      if (state === 'fetching' && retryAtMs > nowMs) next = Math.min(next, retryAtMs);
    }
    if (next === Infinity) return;
    this.#alarm = clock.after(next - nowMs + 1, () => {
      this.#meter.resume(clock.nowMs());
      this.#pump();
    });
  }

  #launch(connection: Connection): void {
    this.#active.add(connection);
    const work = receive(connection, this.#receiveDependencies).then(
      () => undefined,
      (error: unknown) => error,
    );
    this.#receiving.add(work);
    this.#track(
      work.then((error) => {
        this.#receiving.delete(work);
        this.#active.delete(connection);
        connection.job.plan.release(connection.segment);
        if (this.#ended) return;
        if (error === undefined) {
          this.#stragglers.completed(connection, this.#dependencies.clock.nowMs());
        } else this.#faults.handle(connection, error, this.#arrivals.bytes > 0);
        this.#pump();
      }),
    );
  }

  #diskError(error: unknown, job: FileJob): void {
    if (this.#ended) return;
    this.#faults.disk(error, job);
  }

  /** Verifies a file whose bytes are all written, once. */
  #completed(job: FileJob): void {
    if (job.state !== 'fetching' || !job.plan.isComplete || job.plan.activeSegments > 0) return;
    job.state = 'verifying';
    this.#track(this.#verify(job));
  }

  async #verify(job: FileJob): Promise<void> {
    try {
      const result = await job.verify();
      if (this.#ended) return;
      job.state = result === 'verified' ? 'verified' : 'fetching';
      if (result === 'verified') for (const file of job.files) this.#observer.verified(file);
      else
        this.#dependencies.logger.warn(`download: ${job.file.path} did not verify; fetching again`);
    } catch (error) {
      if (this.#ended) return;
      job.state = 'fetching';
      if (error instanceof AsrError) {
        this.#endWith({ kind: 'failed', error, file: job.file.path });
      } else this.#diskError(error, job);
    }
    this.#sendReport();
    if (this.#jobs.every(({ state }) => state === 'verified')) this.#endWith({ kind: 'completed' });
    else this.#pump();
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) =>
      this.#endWith({ kind: 'failed', error: toAsrError(error) }),
    );
    this.#work.add(tracked);
    void tracked.then(() => this.#work.delete(tracked));
  }

  #sendReport(): void {
    if (this.#ended) return;
    const nowMs = this.#dependencies.clock.nowMs();
    const report = this.#report.make({
      jobs: this.#jobs,
      meter: this.#meter,
      nowMs,
      connections: this.#active.size,
      lastFile: this.#arrivals.lastFile,
      waiting: this.#active.size > 0 ? undefined : this.#faults.waiting(this.#jobs),
    });
    if (this.#rhythm.isDue(report, nowMs)) this.#observer.progress(report);
  }

  #endWith(outcome: TransferOutcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#monitor.dispose();
    this.#alarm?.dispose();
    this.#faults.dispose();
    for (const connection of this.#active) connection.abort();
    if (outcome.kind !== 'completed') for (const job of this.#jobs) job.interrupt();
    this.#end.resolve(outcome);
  }
}

/** Lets go of the files that are not verified: flushed and journalled, removed, or left as another process has them. */
async function closeJobs(
  jobs: readonly FileJob[],
  fate: 'keep' | 'remove' | 'abandon',
  logger: Logger,
): Promise<void> {
  for (const job of jobs) {
    if (job.state === 'verified') continue;
    try {
      await job.close(fate !== 'keep');
      if (fate === 'remove') await job.discard();
    } catch (error) {
      logger.warn(`download: closing ${job.file.path}: ${causeText(error)}`);
    }
  }
}
