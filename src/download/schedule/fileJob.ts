import { crc32 } from 'node:zlib';
import { AsrError, Cancelled } from '../../common/asrError';
import type { Clock } from '../../common/clock';
import { localized } from '../../common/localizedMessage';
import type { FileToFetch } from '../downloadEngine';
import { Checkpoint } from '../files/checkpoint';
import type { PartialFiles, PartialFile } from '../files/partialFiles';
import type { Hasher, HashSession } from '../files/hashQueue';
import { type Piece, usablePieces } from '../../common/journal';
import { SegmentPlan } from '../files/segmentPlan';
import { type FileAddress, newAddress } from '../sources/sourceClient';
import type { Tuning } from '../tuning';

/** Files of one transfer that are made of the same bytes: the same partial, one copy to fetch. */
export type SameBytes = readonly [FileToFetch, ...FileToFetch[]];

/**
 * Puts files together that share a partial. A repository may hold the same content under several names, and two writers
 * on one partial would cut off, overwrite and publish each other's bytes.
 */
export function groupSameBytes(files: readonly FileToFetch[]): SameBytes[] {
  const groups = new Map<string, [FileToFetch, ...FileToFetch[]]>();
  for (const file of files) {
    const group = groups.get(file.partialPath);
    if (group === undefined) groups.set(file.partialPath, [file]);
    else group.push(file);
  }
  return [...groups.values()];
}

/** A journal longer than this is not one of ours (a piece is 4 MiB; this is enough for terabytes). */
const maxJournalBytes = 16 * 1024 * 1024;
const compareBytes = 1024 * 1024;

interface FileJobDependencies {
  readonly disk: PartialFiles;
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly tuning: Tuning;
  readonly maxConnections: number;
  /** A flush or a journal of this job failed. */
  readonly onDiskError: (error: unknown, job: FileJob) => void;
}

/** The bytes of a file that are there and that its journal vouches for. */
async function journalledPieces(file: FileToFetch, disk: PartialFiles): Promise<readonly Piece[]> {
  const bytes = await disk.sizeOf(file.partialPath);
  if (bytes === undefined) return [];
  return usablePieces(await disk.readText(file.journalPath, maxJournalBytes), file, bytes);
}

/** The open file of a job, with its hash and journal. */
export interface OpenJob {
  readonly file: PartialFile;
  readonly session: HashSession;
  readonly checkpoint: Checkpoint;
}

/** The result of hashing a complete file. `again`: some or all bytes are to be fetched again. */
type VerifyResult = 'verified' | 'again';

/** One file on its way: its bytes, its sources, its failures. Holds its handle and its hash while it is worked on. */
export class FileJob {
  /** The first of {@link files}: it gives the name in sentences. */
  readonly file: FileToFetch;
  /** All files that are made of these bytes: they share the partial, which is fetched once. */
  readonly files: readonly FileToFetch[];
  readonly plan: SegmentPlan;
  readonly #dependencies: FileJobDependencies;
  readonly #addresses: readonly FileAddress[];
  #sourceIndex = 0;
  #open: Promise<OpenJob> | undefined;
  #mended = false;
  #interrupted = false;
  /** A flush or a journal failed: what was written since the last journal may not be on the disk. */
  #doubtful = false;

  state: 'fetching' | 'verifying' | 'verified' = 'fetching';
  /** Bytes that came but are not written yet. */
  pendingBytes = 0;
  /** Consecutive failed attempts without a byte, and the time before which nothing new is asked. */
  failures = 0;
  retryAtMs = 0;
  /** The same on the wall clock, for reports. */
  retryAt = 0;
  lastError: AsrError | undefined;
  /** The first source's last error, reported when no other source helped either. */
  firstError: AsrError | undefined;
  /** Set once the file had to start over. */
  startedOver: AsrError | undefined;

  private constructor(files: SameBytes, plan: SegmentPlan, ports: FileJobDependencies) {
    const [file] = files;
    this.file = file;
    this.files = files;
    this.plan = plan;
    this.#dependencies = ports;
    this.#addresses = files.flatMap(({ sources }) => sources.map(newAddress));
    if (this.#addresses.length === 0) {
      throw new AsrError('notFound', localized('There is no source for {0}.', file.path));
    }
  }

  /** Reads what an earlier run left; nothing is opened or changed. A verified file is not read any more. */
  static async load(
    files: SameBytes,
    ports: FileJobDependencies,
    verified: ReadonlySet<FileToFetch>,
  ): Promise<FileJob> {
    const { disk, tuning } = ports;
    const [file] = files;
    if (files.some((one) => verified.has(one))) {
      const whole = file.sizeBytes === 0 ? [] : [{ start: 0, end: file.sizeBytes, sum: undefined }];
      const job = new FileJob(
        files,
        new SegmentPlan(file.sizeBytes, whole, tuning.pieceBytes),
        ports,
      );
      job.state = 'verified';
      return job;
    }
    const pieces = await journalledPieces(file, disk);
    return new FileJob(files, new SegmentPlan(file.sizeBytes, pieces, tuning.pieceBytes), ports);
  }

  get address(): FileAddress | undefined {
    return this.#addresses[this.#sourceIndex];
  }

  /** Whether another source is left to continue with. */
  get hasNextSource(): boolean {
    return this.#sourceIndex + 1 < this.#addresses.length;
  }

  /** Continues with the next source, keeping every byte; false when there is none. */
  nextSource(): boolean {
    if (!this.hasNextSource) return false;
    this.#sourceIndex++;
    this.failures = 0;
    this.retryAtMs = 0;
    return true;
  }

  get receivedBytes(): number {
    return this.plan.writtenBytes + this.pendingBytes;
  }

  /** Opens the partial, its checkpoint and its hash, once. Rejects with the file system's error. */
  opened(): Promise<OpenJob> {
    this.#open ??= this.#openAll();
    return this.#open;
  }

  async #openAll(): Promise<OpenJob> {
    const { disk, hasher, clock, tuning, maxConnections, onDiskError } = this.#dependencies;
    const { partialPath, journalPath, digest, sizeBytes } = this.file;
    const file = await disk.open(partialPath);
    try {
      const bytes = (await disk.sizeOf(partialPath)) ?? 0;
      const keep = this.plan.writtenBytes === 0 ? 0 : sizeBytes;
      if (bytes > keep) await file.truncate(keep);
      const checkpoint = new Checkpoint({
        disk,
        file,
        journalPath,
        digest,
        plan: this.plan,
        clock,
        tuning,
        // One segment per connection: what they fetch at a time may be lost to a kill, and not more.
        maxAtRiskBytes: Math.max(tuning.flushBytes, maxConnections * tuning.segmentBytes),
        onError: (error) => {
          this.#doubtful = true;
          onDiskError(error, this);
        },
      });
      const session = hasher.open(partialPath, digest.algorithm, sizeBytes);
      session.advance(this.plan.frontier());
      return { file, session, checkpoint };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Stops hashing and comparing, so that a waiting `verify` ends now; `close` follows. */
  interrupt(): void {
    this.#interrupted = true;
    void this.#open?.then(
      ({ session }) => session.dispose(),
      () => undefined,
    );
  }

  /** Keeps what is there: a last flush and journal (unless `discard`), then the handle is closed. */
  async close(discard = false): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    const parts = await open.catch(() => undefined);
    if (parts === undefined) return;
    const { file, session, checkpoint } = parts;
    session.dispose();
    try {
      checkpoint.stop();
      if (discard) await checkpoint.settled();
      else await checkpoint.finish();
    } finally {
      await file.close();
    }
  }

  /**
   * Closes the file because its disk was full, to be opened again. After a flush that failed the system may have thrown
   * away what it had taken, and says so only once: what the journal does not name counts as not written then.
   */
  async letGo(): Promise<void> {
    if (!this.#doubtful) {
      try {
        await this.close();
        return;
      } catch {
        // The disk did not take it: as doubtful as what a round could not flush.
      }
    }
    await this.close(true);
    this.#doubtful = false;
    this.plan.revertTo(await journalledPieces(this.file, this.#dependencies.disk));
  }

  /** Removes the partial and the journal. The job must be closed. */
  async discard(): Promise<void> {
    await this.#dependencies.disk.remove(this.file.partialPath);
    await this.#dependencies.disk.remove(this.file.journalPath);
    await this.#dependencies.disk.remove(`${this.file.journalPath}.tmp`);
  }

  /**
   * Flushes and compares the hash of a complete file. After a mismatch the disk is checked first (what was received is
   * known by its sums), then the file starts over once; after that it rejects with `integrity`, and nothing is kept.
   */
  async verify(): Promise<VerifyResult> {
    const { session, checkpoint } = await this.opened();
    this.#doubtful = true;
    await checkpoint.finish();
    this.#doubtful = false;
    const hex = await session.digest();
    if (hex === this.file.digest.hex) {
      await this.close(true);
      return 'verified';
    }
    const damaged = this.#mended ? [] : await this.#damagedPieces();
    if (damaged.length > 0) {
      this.#mended = true;
      await this.#fetchAgain(damaged);
      return 'again';
    }
    const error = new AsrError(
      'integrity',
      localized(
        'What arrived for {0} is not what it should be: its checksum is wrong. Try again later or use another source.',
        this.file.path,
      ),
    );
    if (this.startedOver === undefined) {
      this.startedOver = error;
      await this.#fetchAgain(this.plan.pieces());
      for (const { etags } of this.#addresses) etags.clear();
      this.nextSource();
      return 'again';
    }
    await this.close(true);
    await this.discard();
    throw error;
  }

  async #fetchAgain(pieces: readonly Piece[]): Promise<void> {
    await this.close(true);
    this.plan.forget(pieces);
    if (this.plan.writtenBytes === 0) await this.discard();
  }

  /** The pieces whose bytes on the disk are not those that were received, or are not known to be. */
  async #damagedPieces(): Promise<Piece[]> {
    const { file } = await this.opened();
    const buffer = Buffer.allocUnsafeSlow(compareBytes);
    const damaged: Piece[] = [];
    for (const piece of this.plan.pieces()) {
      let sum = 0;
      for (let at = piece.start; at < piece.end; at += buffer.byteLength) {
        if (this.#interrupted) throw new Cancelled();
        const part = buffer.subarray(0, Math.min(buffer.byteLength, piece.end - at));
        await file.read(part, at);
        sum = crc32(part, sum);
      }
      if (sum !== piece.sum) damaged.push(piece);
    }
    return damaged;
  }
}
