import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import { bytesToCome } from '../files/segmentPlan';
import type { Tuning } from '../tuning';
import type { Connection } from './connection';
import { isOpenTo } from './segmentChoice';

/** Another connection counts as flowing when a byte came within this time. */
const flowingWithinMs = 1500;

/** The error of a transfer that nothing came for. */
function stalled(timeoutMs: number): AsrError {
  return new AsrError(
    'stalled',
    localized('Nothing has arrived for {0} s.', Math.round(timeoutMs / 1000)),
  );
}

/**
 * Cuts connections that are silent: after 10 s while others flow (replaced, nothing is counted), after the stall limit
 * in any case (a failed attempt).
 */
export function cutSilentConnections(
  active: ReadonlySet<Connection>,
  nowMs: number,
  stallTimeoutMs: number,
  tuning: Pick<Tuning, 'silentConnectionMs'>,
): void {
  for (const connection of active) {
    const silentMs = connection.silentMs(nowMs);
    if (silentMs >= stallTimeoutMs) connection.cut(stalled(stallTimeoutMs));
    else if (silentMs >= tuning.silentConnectionMs && othersFlow(active, connection, nowMs)) {
      connection.cut('replaced');
    }
  }
}

function othersFlow(
  active: ReadonlySet<Connection>,
  connection: Connection,
  nowMs: number,
): boolean {
  for (const other of active) {
    if (other !== connection && other.flowedWithin(nowMs, flowingWithinMs)) return true;
  }
  return false;
}

/**
 * Cuts stragglers: where nothing is left to hand out and other connections are idle, one that has fallen silent is
 * replaced, because a few lost packets can keep it waiting for seconds. The limit doubles with each that was cut: on a
 * line that always pauses so long there is no storm.
 */
export class StragglerWatch {
  #limitMs: number;

  constructor(tuning: Pick<Tuning, 'stragglerMs'>) {
    this.#limitMs = tuning.stragglerMs;
  }

  inspect(active: ReadonlySet<Connection>, nowMs: number, targetConnections: number): void {
    if (active.size >= targetConnections) return;
    for (const connection of active) {
      if (connection.silentMs(nowMs) < this.#limitMs || !isReplaceable(connection, nowMs)) continue;
      connection.cut('replaced');
      this.#limitMs *= 2;
      return;
    }
  }
}

/** Whether another connection may go on where this one is, and there is nothing else for it to do. */
function isReplaceable({ isFlowing, job, segment }: Connection, nowMs: number): boolean {
  const isLast = bytesToCome(segment) > 0 && job.plan.unassigned().length === 0;
  return isFlowing && isLast && isOpenTo(job, nowMs);
}

/** Whether a connection of the same file still brings bytes, so that one connection's fault is not the file's. */
export function fileStillFlows(
  active: ReadonlySet<Connection>,
  connection: Connection,
  nowMs: number,
): boolean {
  for (const other of active) {
    const same = other !== connection && other.job === connection.job;
    if (same && other.flowedWithin(nowMs, flowingWithinMs)) return true;
  }
  return false;
}
