import type { Clock } from '../../common/clock';
import type { Disposable } from '../../common/disposable';
import type { Tuning } from '../tuning';
import type { Connection } from './connection';
import type { ConnectionGovernor } from './connectionGovernor';
import { CollapseWatch } from './collapseWatch';
import { cutSilentConnections, StragglerWatch } from './connectionWatch';
import type { SpeedMeter } from './speedMeter';

/** How often connections are counted and measured, and every how many of those the rest is looked at. */
const tickMs = 50;
const ticksPerInspection = 5;

interface TransferMonitorOptions {
  readonly clock: Clock;
  readonly tuning: Tuning;
  readonly stallTimeoutMs: number;
  readonly active: ReadonlySet<Connection>;
  readonly governor: ConnectionGovernor;
  readonly meter: SpeedMeter;
  readonly receivedBytes: () => number;
  /** Whether a bandwidth cap holds the connections: their speeds then say nothing about the line. */
  readonly isCapped: () => boolean;
  /** More connections are wanted. */
  readonly grow: () => void;
  /** Four times a second: time for a report. */
  readonly report: () => void;
}

/** The transfer's heartbeat: measures the speed, tries more connections, cuts silent ones, has reports made. */
export class TransferMonitor implements Disposable {
  readonly #options: TransferMonitorOptions;
  readonly #collapses: CollapseWatch;
  readonly #stragglers: StragglerWatch;
  #ticks = 0;
  #timer: Disposable | undefined;

  constructor(options: TransferMonitorOptions) {
    this.#options = options;
    this.#collapses = new CollapseWatch(options.tuning);
    this.#stragglers = new StragglerWatch(options.tuning);
  }

  start(): void {
    this.#tick();
  }

  #tick(): void {
    const { clock, active, governor, grow, receivedBytes } = this.#options;
    const nowMs = clock.nowMs();
    this.#timer = clock.after(tickMs, () => this.#tick());
    let flowing = 0;
    for (const connection of active) if (connection.isFlowing) flowing++;
    const before = governor.target;
    const hungry = active.size >= before;
    if (governor.sample(nowMs, receivedBytes(), flowing, hungry) > before) grow();
    if (this.#ticks++ % ticksPerInspection === 0) this.#inspect(nowMs);
  }

  #inspect(nowMs: number): void {
    const { active, governor, stallTimeoutMs, tuning, meter, receivedBytes, report } =
      this.#options;
    cutSilentConnections(active, nowMs, stallTimeoutMs, tuning);
    this.#stragglers.inspect(active, nowMs, governor.target);
    if (this.#options.isCapped()) this.#collapses.pause();
    else this.#collapses.inspect(active, nowMs);
    meter.sample(nowMs, receivedBytes());
    report();
  }

  dispose(): void {
    this.#timer?.dispose();
  }
}
