import { crc32 } from 'node:zlib';
import { Cancelled } from '../../common/asrError';
import type { Clock } from '../../common/clock';
import { localized } from '../../common/localizedMessage';
import { bulkReader, type BulkReader } from '../../http';
import type { BufferPool } from '../files/bufferPool';
import type { PartialFile } from '../files/partialFiles';
import type { SegmentPlan } from '../files/segmentPlan';
import type { AnswerKind } from '../sources/answer';
import { hostError, type SourceError } from '../sources/errors';
import type { OpenedRange, SourceClient } from '../sources/sourceClient';
import type { Tuning } from '../tuning';
import type { BandwidthCap } from './bandwidthCap';
import type { Connection } from './connection';
import type { FileJob, OpenJob } from './fileJob';

interface SegmentWriterOptions {
  readonly file: PartialFile;
  readonly plan: SegmentPlan;
  readonly pool: BufferPool;
  /** Called after the file system has taken bytes. */
  readonly onWritten: (bytes: number) => void;
}

/**
 * Writes one connection's bytes. One buffer is filled from the network; for the length of a write there is a second
 * one, as long as the pool has some to spare. A connection that outruns the disk waits in `write`.
 */
class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #filling: Uint8Array;
  #written: Promise<void> = Promise.resolve();

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.#filling = options.pool.take();
  }

  /** The memory for the next bytes. */
  get buffer(): Uint8Array {
    return this.#filling;
  }

  /**
   * Writes parts of {@link buffer}, which may be another one afterwards. Resolves when there is a buffer to fill;
   * rejects with the error of the write before, or of this one.
   */
  async write(
    parts: readonly { readonly at: number; readonly bytes: Uint8Array }[],
  ): Promise<void> {
    await this.#written;
    const { pool } = this.#options;
    const full = this.#filling;
    const spare = pool.takeSpare();
    if (spare === undefined) {
      await this.#writeAll(parts);
      return;
    }
    this.#filling = spare;
    this.#written = this.#writeAll(parts).finally(() => pool.giveSpare(full));
    // The next caller that waits gets the error; until then it must not count as unhandled.
    this.#written.catch(() => undefined);
  }

  async #writeAll(
    parts: readonly { readonly at: number; readonly bytes: Uint8Array }[],
  ): Promise<void> {
    const { file, plan, onWritten } = this.#options;
    for (const { at, bytes } of parts) {
      await file.write([bytes], at);
      // A write leaves the buffer as it is: the sum is that of what arrived, whatever the disk stores.
      plan.wrote(at, at + bytes.byteLength, (before) => crc32(bytes, before));
      onWritten(bytes.byteLength);
    }
  }

  /** Resolves when everything is written and the buffers are given back; rejects with the file system's error. */
  async close(): Promise<void> {
    try {
      await this.#written;
    } finally {
      this.#options.pool.give(this.#filling);
    }
  }
}

/** The disk, not the source, is at fault. The cause is the file system's error. */
export class DiskProblem extends Error {
  override readonly name = 'DiskProblem';
}

export interface ReceiveDependencies {
  readonly client: SourceClient;
  readonly cap: BandwidthCap;
  readonly clock: Clock;
  readonly tuning: Tuning;
  readonly pool: BufferPool;
  readonly arrivals: Arrivals;
}

/** The bytes that were still missing and have arrived, of all connections of a transfer. */
export class Arrivals {
  #bytes = 0;
  #lastFile: string | undefined;

  get bytes(): number {
    return this.#bytes;
  }

  /** The file for which the latest of them came. */
  get lastFile(): string | undefined {
    return this.#lastFile;
  }

  count(job: FileJob, bytes: number): void {
    this.#bytes += bytes;
    this.#lastFile = job.file.path;
    job.failures = 0;
  }
}

function endedEarly(host: string): SourceError {
  const text = localized('{0} ended the connection before the file was complete.', host);
  return hostError('retry', 'network', text, host);
}

function tooLong(host: string): SourceError {
  const text = localized('{0} sent more bytes than it announced.', host);
  return hostError('retry', 'network', text, host);
}

function partRefused(host: string): SourceError {
  const text = localized('{0} sent the whole file instead of a part of it.', host);
  return hostError('noRanges', 'network', text, host);
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
  if (address === undefined || (opened.askedWhole && segment.position === 0)) return;
  if (segment.position !== 0 || job.plan.activeSegments > 1) throw partRefused(opened.host);
  address.whole = true;
  segment.end = job.plan.sizeBytes;
}

/** Those parts of arrived bytes that are still missing: a whole file may run over parts that are there. */
function missingParts(
  job: FileJob,
  position: number,
  bytes: Uint8Array,
  kind: AnswerKind,
): { at: number; bytes: Uint8Array }[] {
  if (kind === 'part') return [{ at: position, bytes }];
  const range = { start: position, end: position + bytes.byteLength };
  return job.plan.missingWithin(range).map(({ start, end }) => ({
    at: start,
    bytes: bytes.subarray(start - position, end - position),
  }));
}

/** One answer's body on its way into the file. */
class Reception {
  readonly #connection: Connection;
  readonly #dependencies: ReceiveDependencies;
  readonly #opened: OpenedRange;
  readonly #writer: SegmentWriter;
  readonly #checkpoint: OpenJob['checkpoint'];
  readonly #reader: BulkReader;
  /** Bytes that were counted as received and are not written yet. */
  #unwritten = 0;

  constructor(
    connection: Connection,
    ports: ReceiveDependencies,
    opened: OpenedRange,
    open: OpenJob,
  ) {
    const { job } = connection;
    this.#connection = connection;
    this.#dependencies = ports;
    this.#opened = opened;
    this.#reader = bulkReader(opened.response);
    this.#checkpoint = open.checkpoint;
    this.#writer = new SegmentWriter({
      file: open.file,
      plan: job.plan,
      pool: ports.pool,
      onWritten: (bytes) => {
        this.#count(-bytes);
        open.session.advance(job.plan.frontier());
        open.checkpoint.wrote(bytes);
      },
    });
  }

  #count(bytes: number): void {
    this.#unwritten += bytes;
    this.#connection.job.pendingBytes += bytes;
  }

  /** Reads up to the body's end, or up to the segment's, which may be moved forward meanwhile. */
  async run(): Promise<void> {
    const { segment, signal } = this.#connection;
    const { cap } = this.#dependencies;
    const bodyEnd = this.#opened.end;
    try {
      while (segment.position < Math.min(segment.end, bodyEnd)) {
        const got = await this.#readOnce(bodyEnd);
        if (got === 0) throw endedEarly(this.#opened.host);
        if (cap.isSet) await cap.admit(got, signal);
        this.#connection.waitsForNetwork();
      }
      if (segment.position === bodyEnd) await this.#expectEnd();
    } finally {
      this.#opened.response.discard();
      try {
        await onDisk(this.#writer.close());
      } finally {
        // Bytes that could not be written do not count as received.
        this.#count(-this.#unwritten);
      }
    }
  }

  async #readOnce(bodyEnd: number): Promise<number> {
    const { tuning, cap } = this.#dependencies;
    const { segment } = this.#connection;
    const memory = this.#writer.buffer;
    const left = Math.min(bodyEnd, segment.end) - segment.position;
    const wanted = Math.min(memory.byteLength, left, cap.portionBytes);
    let got = 0;
    try {
      await this.#reader.fill(memory.subarray(0, wanted), tuning.writeMs, (bytes) => {
        got += bytes;
        segment.arriving = got;
        this.#arrived(bytes);
        // Another connection may have taken the segment's tail over meanwhile.
        return segment.position + got >= segment.end;
      });
    } finally {
      this.#connection.heldUp();
      if (got > 0) await this.#store(memory.subarray(0, got));
    }
    return got;
  }

  #arrived(bytes: number): void {
    this.#connection.arrived(bytes);
    this.#connection.waitsForNetwork();
    if (this.#opened.kind === 'whole') return;
    this.#count(bytes);
    this.#dependencies.arrivals.count(this.#connection.job, bytes);
  }

  async #store(arrived: Uint8Array): Promise<void> {
    const { job, segment } = this.#connection;
    const { kind } = this.#opened;
    // Bytes beyond the end, which another connection fetches, may have come with the last ones before it.
    const wanted = arrived.subarray(0, Math.max(0, segment.end - segment.position));
    const parts = missingParts(job, segment.position, wanted, kind);
    const bytes = parts.reduce((sum, part) => sum + part.bytes.byteLength, 0);
    if (kind === 'part') this.#count(bytes - arrived.byteLength);
    else {
      this.#count(bytes);
      if (bytes > 0) this.#dependencies.arrivals.count(this.#connection.job, bytes);
    }
    segment.position += wanted.byteLength;
    segment.arriving = 0;
    await onDisk(this.#writer.write(parts));
    await this.#checkpoint.belowRisk();
  }

  /** A body longer than announced was announced wrongly: what arrived of it is not trusted either. */
  async #expectEnd(): Promise<void> {
    const beyond = new Uint8Array(1);
    const got = await this.#reader.fill(beyond, 0, () => false);
    if (got > 0) throw tooLong(this.#opened.host);
  }
}

/**
 * Fetches one segment: asks for it, checks the answer, writes its bytes. Resolves when the segment is written up to its
 * end (which others may have moved forward), or to the end of a shorter answer. Throws `SourceError`, the transport's `AsrError`, {@link DiskProblem} or
 * `Cancelled`; whatever came until then is written all the same.
 */
export async function receive(connection: Connection, ports: ReceiveDependencies): Promise<void> {
  const { job, segment, signal } = connection;
  const { address } = job;
  if (address === undefined) throw new Cancelled();
  const open = await onDisk(job.opened());
  const range = { start: segment.position, end: segment.end };
  const opened = await ports.client.open(address, range, job.plan.sizeBytes, signal);
  try {
    if (opened.kind === 'whole') acceptWhole(connection, opened);
  } catch (error) {
    opened.response.discard();
    throw error;
  }
  connection.waitsForNetwork();
  await new Reception(connection, ports, opened, open).run();
}
