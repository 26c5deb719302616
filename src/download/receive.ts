import { AsrError, Cancelled } from '../base/asrError';
import type { Clock } from '../base/clock';
import { sentence } from '../base/sentence';
import type { BandwidthCap } from './bandwidthCap';
import type { Connection } from './connection';
import type { FileJob } from './fileJob';
import { SegmentWriter } from './segmentWriter';
import { pause } from './pause';
import type { OpenedRange, SourceClient } from './sourceClient';
import { SourceFault } from './sourceFault';
import type { Tuning } from './tuning';

/** The disk, not the source, is at fault. The cause is the file system's error. */
export class DiskProblem extends Error {
  override readonly name = 'DiskProblem';
}

export interface ReceivePorts {
  readonly client: SourceClient;
  readonly cap: BandwidthCap;
  readonly clock: Clock;
  readonly tuning: Tuning;
  /** Told of every byte that was still missing. */
  readonly onProgress: (connection: Connection, bytes: number) => void;
}

function endedEarly(host: string): SourceFault {
  const text = sentence('{0} ended the connection before the file was complete.', host);
  return new SourceFault('retry', new AsrError('network', text, { details: { host } }));
}

function tooLong(host: string): SourceFault {
  const text = sentence('{0} sent more bytes than it announced.', host);
  return new SourceFault('retry', new AsrError('network', text, { details: { host } }));
}

function partRefused(host: string): SourceFault {
  const text = sentence('{0} sent the whole file instead of a part of it.', host);
  return new SourceFault('noRanges', new AsrError('network', text, { details: { host } }));
}

async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new DiskProblem('disk', { cause });
  }
}

/** A whole file instead of the part that was asked for: fine for a connection that is alone and at the start, otherwise a refusal. */
function acceptWhole(connection: Connection, opened: OpenedRange): void {
  const { job, segment } = connection;
  const address = job.address;
  if (address === undefined || opened.askedWhole) return;
  if (segment.position !== 0 || job.plan.activeSegments > 1) throw partRefused(opened.host);
  address.whole = true;
  segment.end = job.plan.sizeBytes;
}

/** Passes on those bytes of a chunk that are still missing: a whole file may run over parts that are there. */
function* missingParts(
  job: FileJob,
  position: number,
  bytes: Uint8Array,
  whole: boolean,
): Generator<{ at: number; bytes: Uint8Array }> {
  if (!whole) {
    yield { at: position, bytes };
    return;
  }
  for (const { start, end } of job.plan.missingWithin({
    start: position,
    end: position + bytes.byteLength,
  })) {
    yield { at: start, bytes: bytes.subarray(start - position, end - position) };
  }
}

/**
 * Fetches one segment: asks for it, checks the answer, writes its bytes. Resolves when the segment is written up to its
 * end (which others may have moved forward). Throws `SourceFault`, the transport's `AsrError`, {@link DiskProblem} or
 * `Cancelled`; whatever came until then is written all the same.
 */
export async function receive(connection: Connection, ports: ReceivePorts): Promise<void> {
  const { job, segment, signal } = connection;
  const { client, cap, clock, tuning, onProgress } = ports;
  const address = job.address;
  if (address === undefined) throw new Cancelled();
  const { file, session, checkpoint } = await onDisk(job.opened());
  const requestedEnd = segment.end;
  const range = { start: segment.position, end: requestedEnd };
  const opened = await client.open(address, range, job.plan.sizeBytes, signal);
  let unwritten = 0;
  const writer = new SegmentWriter({
    file,
    plan: job.plan,
    clock,
    tuning,
    onWritten(bytes) {
      job.pendingBytes -= bytes;
      unwritten -= bytes;
      session.advance(job.plan.frontier());
      checkpoint.wrote(bytes);
    },
  });
  try {
    if (opened.kind === 'whole') acceptWhole(connection, opened);
    const bodyEnd = Math.max(requestedEnd, segment.end);
    for await (const chunk of opened.response.body) {
      connection.arrived(chunk.byteLength);
      if (segment.position + chunk.byteLength > bodyEnd) throw tooLong(opened.host);
      const wanted = chunk.subarray(0, segment.end - segment.position);
      for (const part of missingParts(job, segment.position, wanted, opened.kind === 'whole')) {
        job.pendingBytes += part.bytes.byteLength;
        unwritten += part.bytes.byteLength;
        onProgress(connection, part.bytes.byteLength);
        const full = writer.append(part.at, part.bytes);
        if (full !== undefined) await onDisk(full);
      }
      segment.position += wanted.byteLength;
      if (segment.position >= segment.end && segment.end < bodyEnd) break;
      const waitMs = cap.book(chunk.byteLength);
      if (waitMs > 0) await pause(waitMs, clock, signal);
      connection.waitsForNetwork();
    }
  } finally {
    opened.response.discard();
    await onDisk(writer.flush()).catch((error: unknown) => {
      job.pendingBytes -= unwritten;
      throw error;
    });
  }
  if (segment.position < segment.end) throw endedEarly(opened.host);
}
