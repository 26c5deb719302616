import type { Connection } from './connection';
import type { FileJob } from './fileJob';
import type { Segment } from './segmentPlan';
import type { Tuning } from './tuning';

/** What a new connection should fetch. */
export interface Choice {
  readonly job: FileJob;
  readonly segment: Segment;
}

/** Everything the choice depends on. */
export interface ChoiceInput {
  readonly jobs: readonly FileJob[];
  readonly active: ReadonlySet<Connection>;
  readonly targetConnections: number;
  /** Speed of one connection, bytes per millisecond; undefined while nothing is known. */
  readonly connectionSpeed: number | undefined;
  readonly nowMs: number;
  readonly tuning: Tuning;
}

function segmentBytes({ jobs, targetConnections, connectionSpeed, tuning }: ChoiceInput): number {
  const bySpeed =
    connectionSpeed === undefined
      ? tuning.firstSegmentBytes
      : Math.min(tuning.segmentBytes, connectionSpeed * tuning.segmentMs);
  let left = 0;
  for (const job of jobs) {
    if (job.state === 'fetching') left += job.plan.sizeBytes - job.plan.writtenBytes;
  }
  return Math.ceil(Math.max(tuning.minSegmentBytes, Math.min(bySpeed, left / targetConnections)));
}

/** Whether a file may be asked for by one connection more now. */
function isOpenTo(job: FileJob, nowMs: number): boolean {
  const { address } = job;
  if (job.state !== 'fetching' || address === undefined || job.retryAtMs > nowMs) return false;
  // Until the source has shown that it does ranges (and where the file lies), one connection asks.
  return address.ranges && !address.whole ? true : job.plan.activeSegments === 0;
}

function splitSlowest(input: ChoiceInput): Choice | undefined {
  let slowest: Connection | undefined;
  let most = 0;
  for (const connection of input.active) {
    const { job, segment } = connection;
    const remaining = segment.end - segment.position;
    if (!isOpenTo(job, input.nowMs) || remaining <= most) continue;
    slowest = connection;
    most = remaining;
  }
  if (slowest === undefined) return undefined;
  const { job } = slowest;
  const segment = job.plan.split(slowest.segment, input.tuning.minSegmentBytes);
  return segment === undefined ? undefined : { job, segment };
}

/**
 * The next segment to ask for: the first gap of the first file in the order given, so that hashing stays close behind;
 * when nothing is left, half of what the connection with the most left to fetch still has before it.
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
