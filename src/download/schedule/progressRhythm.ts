import type { TransferProgress } from '../downloadEngine';

/**
 * At most four reports a second while bytes flow (more can't be read), one in 5 s when nothing comes (a sign of life).
 */
const flowingMs = 250;
const silentMs = 5000;

/** Decides which reports are told: a change of state at once, bytes at their rhythm, silence rarely. */
export class ProgressRhythm {
  #last: TransferProgress | undefined;
  #lastMs = 0;

  /** Whether this report is due; a report that is told becomes the one to compare with. */
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
