import type { Clock } from '../../common/clock';
import type { Disposable } from '../../common/disposable';
import { bytesToCome } from '../files/segmentPlan';
import type { Tuning } from '../tuning';
import type { BandwidthCap } from './bandwidthCap';
import type { Connection } from './connection';
import type { ConnectionGovernor } from './connectionGovernor';
import type { FileJob } from './fileJob';
import type { SpeedMeter } from './progressReport';
import type { Arrivals } from './receive';
import { isOpenTo } from './segmentChoice';
import { SilenceWatch } from './silenceWatch';

/** How many connections say what is usual. */
const usualSamples = 15;
/** A rest that takes so many times as long as it would take a usual connection is given to another one. */
const crawlFactor = 3;

/**
 * Cuts stragglers: where nothing is left to hand out and other connections are idle, one that has fallen silent, or
 * whose rest would take much longer than it would take another one, is replaced: a few lost packets can keep it waiting
 * for seconds, a busy server can keep it at a few kB/s. The limit doubles with each that was cut, and falls again with
 * each that comes to its end: on a line that always pauses so long, or that is slow for all, there is no storm.
 */
export class StragglerWatch {
  readonly #leastLimitMs: number;
  #limitMs: number;
  /** No crawling connection is cut before this time. */
  #restUntilMs = 0;
  /**
   * Speeds of connections that came to their end, so that a slow one is not compared with itself alone when it is the
   * last.
   */
  readonly #usual: number[] = [];

  constructor(tuning: Pick<Tuning, 'stragglerMs'>) {
    this.#leastLimitMs = tuning.stragglerMs;
    this.#limitMs = tuning.stragglerMs;
  }

  /** The usual speed of connections that come to their end, in bytes per millisecond; undefined until one did. */
  get usualBytesPerMs(): number | undefined {
    return this.#usual.length === 0 ? undefined : medianOf(this.#usual);
  }

  /** Takes a connection whose segment is complete. */
  completed(connection: Connection, nowMs: number): void {
    const speed = connection.bytesPerMs(nowMs);
    // One that was over before its speed could be measured was not slow.
    if (speed !== undefined && speed > 0) {
      this.#usual.push(speed);
      if (this.#usual.length > usualSamples) this.#usual.shift();
      if (speed * crawlFactor < medianOf(this.#usual)) return;
    }
    this.#limitMs = Math.max(this.#leastLimitMs, this.#limitMs / 2);
    if (this.#limitMs === this.#leastLimitMs) this.#restUntilMs = 0;
  }

  /** `isCapped`: speeds say nothing about the line. */
  inspect(
    active: ReadonlySet<Connection>,
    nowMs: number,
    targetConnections: number,
    isCapped = false,
  ): void {
    if (active.size >= targetConnections) return;
    for (const connection of active) {
      const isSlow =
        connection.silentMs(nowMs) >= this.#limitMs ||
        (!isCapped && this.#crawls(connection, nowMs));
      if (!isSlow || !isReplaceable(connection, nowMs)) continue;
      connection.cut('replaced');
      this.#limitMs *= 2;
      this.#restUntilMs = nowMs + this.#limitMs;
      return;
    }
  }

  #crawls(connection: Connection, nowMs: number): boolean {
    const usual = this.usualBytesPerMs;
    if (usual === undefined || connection.isHeldUp || nowMs < this.#restUntilMs) return false;
    // Without a byte it is silent, for which there is the limit.
    const speed = connection.bytesPerMs(nowMs) ?? 0;
    if (speed === 0) return false;
    const left = bytesToCome(connection.segment);
    return left / speed > this.#limitMs + (crawlFactor * left) / usual;
  }
}

/** Whether another connection may take over where this one is, and there is nothing else for it to do. */
function isReplaceable({ isFlowing, job, segment }: Connection, nowMs: number): boolean {
  const isLast = bytesToCome(segment) > 0 && job.plan.unassigned().length === 0;
  return isFlowing && isLast && isOpenTo(job, nowMs);
}

/**
 * A connection below this share of its file's recent median speed has collapsed: users report connections to hubs that
 * fell from 9 MB/s to 6 kB/s in the middle of a file. Ollama drops a connection at the same share.
 */
const collapsedPart = 0.1;
/** Samples that a median needs, and how many windows back they count. */
const minSamples = 8;
const historyWindows = 8;
const longestRestFactor = 32;

interface Sample {
  readonly atMs: number;
  readonly bytesPerMs: number;
}

interface FileHistory {
  samples: Sample[];
  /** No connection of the file is cut before this time. */
  restUntilMs: number;
  restMs: number;
}

/** The record of a connection: its bytes at the last inspection, and at the beginning of the time it is judged over. */
interface Seen {
  inspectedMs: number;
  inspectedBytes: number;
  sinceMs: number;
  sinceBytes: number;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * Finds connections whose speed collapses well under their file's own recent median, not only silent ones, and cuts
 * them to be replaced. What is usual is measured at every inspection, because a healthy connection rarely lives as long as it
 * takes to judge one. One is cut at a time, with a rest between that doubles while they keep collapsing: on a line that
 * is simply slow there is no storm, and its median soon is the slow one.
 */
export class CollapseWatch {
  readonly #tuning: Pick<Tuning, 'collapseWindowMs' | 'collapseRestMs'>;
  readonly #files = new WeakMap<FileJob, FileHistory>();
  #seen = new WeakMap<Connection, Seen>();

  constructor(tuning: Pick<Tuning, 'collapseWindowMs' | 'collapseRestMs'>) {
    this.#tuning = tuning;
  }

  inspect(active: ReadonlySet<Connection>, nowMs: number): void {
    for (const connection of active) {
      if (connection.isFlowing) this.#inspect(connection, nowMs);
    }
  }

  /** A cap holds the connections: the time until the next inspection says nothing about the line. */
  pause(): void {
    this.#seen = new WeakMap();
  }

  #inspect(connection: Connection, nowMs: number): void {
    const { receivedBytes } = connection;
    const seen = this.#seen.get(connection);
    if (seen === undefined) {
      this.#seen.set(connection, {
        inspectedMs: nowMs,
        inspectedBytes: receivedBytes,
        sinceMs: nowMs,
        sinceBytes: receivedBytes,
      });
      return;
    }
    const elapsedMs = nowMs - seen.inspectedMs;
    if (elapsedMs <= 0) return;
    const history = this.#historyOf(connection.job, nowMs);
    const windowMs = nowMs - seen.sinceMs;
    if (windowMs >= this.#tuning.collapseWindowMs) {
      this.#judge(connection, history, (receivedBytes - seen.sinceBytes) / windowMs, nowMs);
      seen.sinceMs = nowMs;
      seen.sinceBytes = receivedBytes;
    }
    const bytesPerMs = (receivedBytes - seen.inspectedBytes) / elapsedMs;
    history.samples.push({ atMs: nowMs, bytesPerMs });
    seen.inspectedMs = nowMs;
    seen.inspectedBytes = receivedBytes;
  }

  #judge(connection: Connection, history: FileHistory, bytesPerMs: number, nowMs: number): void {
    if (nowMs < history.restUntilMs || history.samples.length < minSamples) return;
    const usual = medianOf(history.samples.map((sample) => sample.bytesPerMs));
    if (bytesPerMs >= usual * collapsedPart) return;
    const { collapseRestMs } = this.#tuning;
    // It was quiet for longer than it had to be: the last cut helped.
    if (nowMs - history.restUntilMs > history.restMs) history.restMs = collapseRestMs;
    history.restUntilMs = nowMs + history.restMs;
    history.restMs = Math.min(history.restMs * 2, collapseRestMs * longestRestFactor);
    connection.cut('replaced');
  }

  #historyOf(job: FileJob, nowMs: number): FileHistory {
    let history = this.#files.get(job);
    if (history === undefined) {
      history = { samples: [], restUntilMs: 0, restMs: this.#tuning.collapseRestMs };
      this.#files.set(job, history);
    }
    const oldestMs = nowMs - historyWindows * this.#tuning.collapseWindowMs;
    const kept = history.samples.findIndex(({ atMs }) => atMs >= oldestMs);
    history.samples.splice(0, kept === -1 ? history.samples.length : kept);
    return history;
  }
}

/** How often connections are counted and measured, and every how many of those the rest is inspected. */
const tickMs = 50;
const ticksPerInspection = 5;

interface TransferMonitorOptions {
  readonly clock: Clock;
  readonly tuning: Tuning;
  readonly stallTimeoutMs: number;
  readonly active: ReadonlySet<Connection>;
  readonly governor: ConnectionGovernor;
  readonly meter: SpeedMeter;
  readonly stragglers: StragglerWatch;
  readonly arrivals: Arrivals;
  /** While a cap holds the connections, their speeds say nothing about the line. */
  readonly cap: BandwidthCap;
  /** More connections are wanted, or one that is idle may have something to do. */
  readonly grow: () => void;
  /** Four times a second: time for a report. */
  readonly report: () => void;
}

/** The transfer's heartbeat: measures the speed, tries more connections, cuts silent ones, has reports made. */
export class TransferMonitor implements Disposable {
  readonly #options: TransferMonitorOptions;
  readonly #collapses: CollapseWatch;
  readonly #silence: SilenceWatch;
  #ticks = 0;
  #timer: Disposable | undefined;

  constructor(options: TransferMonitorOptions) {
    this.#options = options;
    this.#collapses = new CollapseWatch(options.tuning);
    this.#silence = new SilenceWatch(options.tuning, options.stallTimeoutMs);
  }

  start(): void {
    this.#tick();
  }

  #tick(): void {
    const { clock, active, governor, grow, arrivals } = this.#options;
    const nowMs = clock.nowMs();
    this.#timer = clock.after(tickMs, () => this.#tick());
    let flowing = 0;
    for (const connection of active) if (connection.isFlowing) flowing++;
    const before = governor.target;
    const hungry = active.size >= before;
    if (governor.sample(nowMs, arrivals.bytes, flowing, hungry) > before) grow();
    if (this.#ticks++ % ticksPerInspection === 0) this.#inspect(nowMs);
  }

  #inspect(nowMs: number): void {
    const { active, governor, meter, stragglers } = this.#options;
    const { cap, grow, arrivals, report } = this.#options;
    this.#silence.inspect(active, nowMs, arrivals.bytes);
    stragglers.inspect(active, nowMs, governor.target, cap.isSet);
    if (cap.isSet) this.#collapses.pause();
    else this.#collapses.inspect(active, nowMs);
    meter.sample(nowMs, arrivals.bytes);
    // An idle connection may be able to help by now: speeds change while nothing ends.
    if (active.size > 0 && active.size < governor.target) grow();
    report();
  }

  dispose(): void {
    this.#timer?.dispose();
  }
}
