import { defined } from '../../protocol/defined';
import { hostOf, toPlainError } from '../../http';
import type { TransferProgress } from '../downloadEngine';
import type { FileJob } from './fileJob';

/** The weight of the past falls to 1/e in this time: calm enough to read, quick enough to believe. */
const smoothingMs = 3000;
/** After this time without a byte a download counts as stalled; an average of earlier bytes would be a false speed. */
const quietMs = 3000;
/** Samples come four times a second; after a gap like this the machine has slept, and the speed before says nothing. */
const sleptMs = 5000;

/** Smoothed speed and time left. A pure rule: times and bytes are its input, in order. */
export class SpeedMeter {
  #lastMs: number | undefined;
  #lastBytes = 0;
  #firstMs = 0;
  #bytesPerMs = 0;
  #weight = 0;
  #lastByteMs: number;

  constructor(nowMs: number) {
    this.#lastByteMs = nowMs;
  }

  /** Takes the total of bytes received so far in this run. */
  sample(nowMs: number, totalBytes: number): void {
    if (this.#lastMs === undefined) {
      this.#begin(nowMs, totalBytes);
      return;
    }
    const elapsedMs = nowMs - this.#lastMs;
    if (elapsedMs <= 0) return;
    if (elapsedMs > sleptMs) {
      this.#begin(nowMs, totalBytes);
      return;
    }
    const bytes = Math.max(0, totalBytes - this.#lastBytes);
    const keep = Math.exp(-elapsedMs / smoothingMs);
    this.#bytesPerMs = this.#bytesPerMs * keep + (bytes / elapsedMs) * (1 - keep);
    this.#weight = this.#weight * keep + (1 - keep);
    this.#lastMs = nowMs;
    this.#lastBytes = totalBytes;
    if (bytes > 0) this.#lastByteMs = nowMs;
  }

  #begin(nowMs: number, totalBytes: number): void {
    if (totalBytes > this.#lastBytes) this.#lastByteMs = nowMs;
    this.#lastMs = nowMs;
    this.#firstMs = nowMs;
    this.#lastBytes = totalBytes;
    this.#bytesPerMs = 0;
    this.#weight = 0;
  }

  /** After a wait of our own (retry, disk) the silence is not the line's: it is counted from now. */
  resume(nowMs: number): void {
    this.#lastByteMs = nowMs;
  }

  /** Whole bytes per second; undefined in the first half second and once nothing has come for 3 s. */
  bytesPerSecond(nowMs: number): number | undefined {
    if (this.#weight === 0 || nowMs - this.#firstMs < 500) return undefined;
    if (nowMs - this.#lastByteMs >= quietMs) return undefined;
    const speed = Math.round((this.#bytesPerMs / this.#weight) * 1000);
    return speed > 0 ? speed : undefined;
  }

  /** Whole seconds, rounded up; undefined without a speed. */
  secondsRemaining(nowMs: number, remainingBytes: number): number | undefined {
    const speed = this.bytesPerSecond(nowMs);
    return speed === undefined ? undefined : Math.ceil(remainingBytes / speed);
  }

  /** Whole seconds since the last byte, once that is 3 s or more. */
  secondsSinceLastByte(nowMs: number): number | undefined {
    const silentMs = nowMs - this.#lastByteMs;
    return silentMs >= quietMs ? Math.floor(silentMs / 1000) : undefined;
  }

  /** The speed of one of so many connections, in bytes per millisecond; undefined until known. */
  connectionBytesPerMs(nowMs: number, connections: number): number | undefined {
    const speed = this.bytesPerSecond(nowMs);
    return speed === undefined ? undefined : speed / 1000 / Math.max(1, connections);
  }
}

/** Everything a report is made of. */
interface ReportInput {
  readonly jobs: readonly FileJob[];
  readonly meter: SpeedMeter;
  readonly nowMs: number;
  readonly connections: number;
  readonly lastFile: string | undefined;
  readonly waiting: TransferProgress['retry'] | undefined;
}

/** Makes the transfer's progress record; remembers what it reported, so that no figure ever runs backwards. */
export class ProgressReport {
  readonly #shown = new Map<FileJob, { bytes: number; startedOver: boolean }>();

  readonly #reported: ReadonlyMap<string, number>;

  /** `reported`: bytes by file path that an earlier worker reported of this transfer, before it crashed. */
  constructor(reported: ReadonlyMap<string, number>) {
    this.#reported = reported;
  }

  /** The file's bytes, never fewer than reported before, except once when it has started over. */
  #bytesOf(job: FileJob): number {
    const startedOver = job.startedOver !== undefined;
    const before = this.#shown.get(job) ?? {
      bytes: this.#reported.get(job.file.path) ?? 0,
      startedOver: false,
    };
    const known = before.startedOver === startedOver ? before.bytes : 0;
    const bytes = Math.min(job.plan.sizeBytes, Math.max(known, job.receivedBytes));
    this.#shown.set(job, { bytes, startedOver });
    return bytes;
  }

  make({ jobs, meter, nowMs, connections, lastFile, waiting }: ReportInput): TransferProgress {
    let missingBytes = 0;
    const files = jobs.flatMap((job) => {
      const downloadedBytes = this.#bytesOf(job);
      missingBytes += job.plan.sizeBytes - downloadedBytes;
      return job.files.map(({ path, sizeBytes }) => ({
        path,
        sizeBytes,
        downloadedBytes,
        verified: job.state === 'verified',
      }));
    });
    const downloadedBytes = files.reduce((sum, file) => sum + file.downloadedBytes, 0);
    const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    const fetching = jobs.some(({ state }) => state === 'fetching');
    const phase = waiting !== undefined ? 'waiting' : fetching ? 'downloading' : 'verifying';
    const restarted = jobs.find(({ startedOver }) => startedOver !== undefined);
    const moving = phase === 'downloading';
    return {
      phase,
      downloadedBytes,
      totalBytes,
      filesDone: files.filter(({ verified }) => verified).length,
      files,
      connections,
      ...defined({
        bytesPerSecond: moving ? meter.bytesPerSecond(nowMs) : undefined,
        secondsRemaining: moving ? meter.secondsRemaining(nowMs, missingBytes) : undefined,
        currentFile: lastFile,
        source: sourceOf(jobs, lastFile),
        secondsSinceLastByte: moving ? meter.secondsSinceLastByte(nowMs) : undefined,
        retry: waiting,
        startedOver:
          restarted?.startedOver === undefined
            ? undefined
            : { path: restarted.file.path, error: toPlainError(restarted.startedOver) },
      }),
    };
  }
}

/** Where a file's bytes are asked for. */
function sourceOf(
  jobs: readonly FileJob[],
  file: string | undefined,
): TransferProgress['source'] | undefined {
  const job = jobs.find(({ files }) => files.some(({ path }) => path === file));
  if (job?.address === undefined) return undefined;
  const { url, isMirror = false } = job.address.source;
  return { host: hostOf(url), isMirror };
}

/**
 * At most four reports a second while bytes flow (more can't be read), one in 5 s when nothing comes (a sign of life).
 */
const flowingMs = 250;
const silentMs = 5000;

/** Decides which reports are sent: a change of state at once, bytes at their rhythm, silence rarely. */
export class ProgressRhythm {
  #last: TransferProgress | undefined;
  #lastMs = 0;

  /** Whether this report is due; a report that is sent becomes the one to compare with. */
  isDue(report: TransferProgress, nowMs: number): boolean {
    const due = this.#isDue(report, nowMs);
    if (due) {
      this.#last = report;
      this.#lastMs = nowMs;
    }
    return due;
  }

  #isDue(report: TransferProgress, nowMs: number): boolean {
    const last = this.#last;
    if (last === undefined) return true;
    const changed =
      report.phase !== last.phase ||
      report.filesDone !== last.filesDone ||
      report.retry?.retryAt !== last.retry?.retryAt ||
      (report.secondsSinceLastByte === undefined) !== (last.secondsSinceLastByte === undefined);
    if (changed) return true;
    const elapsedMs = nowMs - this.#lastMs;
    if (report.downloadedBytes !== last.downloadedBytes) return elapsedMs >= flowingMs;
    return elapsedMs >= silentMs;
  }
}
