import { bytesToCome, type Segment } from '../files/segmentPlan';
import type { Tuning } from '../tuning';
import type { Connection } from './connection';
import type { FileJob } from './fileJob';

/** The segment that a new connection should fetch. */
export interface Choice {
  readonly job: FileJob;
  readonly segment: Segment;
}

/** Everything the choice depends on. */
interface ChoiceInput {
  readonly jobs: readonly FileJob[];
  readonly active: ReadonlySet<Connection>;
  readonly targetConnections: number;
  /** Speed of one connection, bytes per millisecond; undefined while nothing is known. */
  readonly connectionSpeed: number | undefined;
  /**
   * The usual speed of connections of this transfer that came to their end, in the same unit; undefined until known.
   */
  readonly usualSpeed?: number | undefined;
  readonly nowMs: number;
  readonly tuning: Tuning;
}

/**
 * The least that is worth a request: what takes `ms` at a connection's speed (bytes per millisecond). On a slow line
 * less than a hundred kilobytes are enough.
 */
function leastBytes(bytesPerMs: number | undefined, ms: number, tuning: Tuning): number {
  if (bytesPerMs === undefined) return tuning.minSegmentBytes;
  const bySpeed = Math.max(tuning.leastSegmentBytes, bytesPerMs * ms);
  return Math.ceil(Math.min(tuning.minSegmentBytes, bySpeed));
}

/** The speed of one of the connections that are wanted: those that are idle at the end do not make the others faster. */
function usualSpeed({
  active,
  targetConnections,
  connectionSpeed,
}: ChoiceInput): number | undefined {
  if (connectionSpeed === undefined) return undefined;
  return connectionSpeed * Math.min(1, Math.max(1, active.size) / targetConnections);
}

/** Towards the end ever less, so that all connections end at about the same time. */
function segmentBytes(input: ChoiceInput): number {
  const { jobs, active, targetConnections, connectionSpeed, tuning } = input;
  const bySpeed =
    connectionSpeed === undefined
      ? tuning.firstSegmentBytes
      : Math.min(tuning.segmentBytes, connectionSpeed * tuning.segmentMs);
  let left = 0;
  for (const job of jobs) {
    if (job.state === 'fetching') left += job.plan.sizeBytes - job.plan.writtenBytes;
  }
  for (const { segment } of active) left -= bytesToCome(segment);
  const least = leastBytes(usualSpeed(input), tuning.leastSegmentMs, tuning);
  return Math.ceil(Math.max(least, Math.min(bySpeed, left / targetConnections)));
}

/** Whether a file may be asked for by one connection more now. */
export function isOpenTo(job: FileJob, nowMs: number): boolean {
  const { address } = job;
  if (job.state !== 'fetching' || address === undefined || job.retryAtMs > nowMs) return false;
  // Until the source has shown that it does ranges (and where the file lies), one connection asks.
  return address.ranges && !address.whole ? true : job.plan.activeSegments === 0;
}

/** One that brings nothing at the moment counts as one with this speed. */
const leastBytesPerMs = 1e-3;

/** Takes from the connection that would need the longest so much that both end at the same time. */
function splitSlowest(input: ChoiceInput): Choice | undefined {
  const usual = input.usualSpeed ?? usualSpeed(input);
  let slowest: Connection | undefined;
  let [longestMs, slowestSpeed] = [0, usual];
  for (const connection of input.active) {
    const { job, segment } = connection;
    const known = connection.bytesPerMs(input.nowMs) ?? usual;
    const speed = known === undefined ? undefined : Math.max(known, leastBytesPerMs);
    const remainingMs = bytesToCome(segment) / (speed ?? 1);
    if (!isOpenTo(job, input.nowMs) || remainingMs <= longestMs) continue;
    slowest = connection;
    [longestMs, slowestSpeed] = [remainingMs, speed];
  }
  if (slowest === undefined) return undefined;
  const { job } = slowest;
  const share = usual === undefined ? 0.5 : 1 / (1 + usual / (slowestSpeed ?? usual));
  const least = leastBytes(slowestSpeed, input.tuning.leastSplitMs, input.tuning);
  const segment = job.plan.split(slowest.segment, least, Math.min(0.9, Math.max(0.01, share)));
  return segment === undefined ? undefined : { job, segment };
}

/**
 * The next segment to ask for: the first gap of the first file in the order given, so that hashing stays close behind;
 * when nothing is left, a part of what the connection that needs the longest still has before it.
 */
export function chooseSegment(input: ChoiceInput): Choice | undefined {
  const bytes = segmentBytes(input);
  for (const job of input.jobs) {
    if (!isOpenTo(job, input.nowMs)) continue;
    const segment = job.address?.whole === true ? job.plan.takeWhole() : job.plan.take(bytes);
    if (segment !== undefined) return { job, segment };
  }
  return splitSlowest(input);
}
