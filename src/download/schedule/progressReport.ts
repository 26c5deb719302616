import { defined } from '../../protocol/defined';
import type { TransferProgress } from '../downloadEngine';
import type { FileJob } from './fileJob';
import type { SpeedMeter } from './speedMeter';

/** Everything a report is made of. */
export interface ReportInput {
  readonly jobs: readonly FileJob[];
  readonly meter: SpeedMeter;
  readonly nowMs: number;
  readonly connections: number;
  readonly lastFile: string | undefined;
  readonly waiting: TransferProgress['retry'] | undefined;
}

/** Makes the transfer's one record of itself; remembers what was told, so that nothing ever runs backwards. */
export class ProgressReport {
  readonly #shown = new Map<FileJob, { bytes: number; startedOver: boolean }>();

  /** The file's bytes, never fewer than told before, except once when it has started over. */
  #bytesOf(job: FileJob): number {
    const startedOver = job.startedOver !== undefined;
    const before = this.#shown.get(job);
    const known = before?.startedOver === startedOver ? before.bytes : 0;
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
        secondsSinceLastByte: moving ? meter.secondsSinceLastByte(nowMs) : undefined,
        retry: waiting,
        startedOver:
          restarted?.startedOver === undefined
            ? undefined
            : { path: restarted.file.path, error: restarted.startedOver },
      }),
    };
  }
}
