import type { Clock } from '../../common/clock';
import type { Digest } from '../../common/digest';
import type { Disposable } from '../../common/disposable';
import type { Tuning } from '../tuning';
import type { PartialFiles, PartialFile } from './partialFiles';
import { journalText } from '../../common/journal';
import type { SegmentPlan } from './segmentPlan';

interface CheckpointOptions {
  readonly disk: PartialFiles;
  readonly file: PartialFile;
  readonly journalPath: string;
  readonly digest: Digest;
  readonly plan: SegmentPlan;
  readonly clock: Clock;
  readonly tuning: Pick<Tuning, 'flushBytes' | 'flushMs'>;
  /** As much may be written and not be in the journal yet: what a kill costs. */
  readonly maxAtRiskBytes: number;
  /** A flush or a journal failed; the checkpoint does nothing more. */
  readonly onError: (error: unknown) => void;
}

/**
 * Makes written bytes durable and then says so in the journal, in that order, one round at a time: a piece stands in
 * the journal only after the flush that followed its last write.
 */
export class Checkpoint {
  readonly #options: CheckpointOptions;
  #unflushedBytes = 0;
  #atRiskBytes = 0;
  #round: Promise<void> | undefined;
  #timer: Disposable | undefined;
  #failed = false;

  constructor(options: CheckpointOptions) {
    this.#options = options;
  }

  /** Bytes that were written since the last round began. */
  get unflushedBytes(): number {
    return this.#unflushedBytes;
  }

  /** Counts bytes that the file system has taken; begins a round when it is time. */
  wrote(bytes: number): void {
    this.#unflushedBytes += bytes;
    this.#atRiskBytes += bytes;
    if (this.#round !== undefined || this.#failed) return;
    if (this.#unflushedBytes >= this.#options.tuning.flushBytes) this.#begin();
    else
      this.#timer ??= this.#options.clock.after(this.#options.tuning.flushMs, () => this.#begin());
  }

  /**
   * Resolves when a kill would not cost more than it may, so that a disk slower than the line holds the line up
   * instead. Also resolves when no more rounds come: `onError` has reported why.
   */
  async belowRisk(): Promise<void> {
    while (this.#atRiskBytes > this.#options.maxAtRiskBytes && this.#round !== undefined) {
      await this.#round;
    }
  }

  /** Resolves when no round is running. */
  async settled(): Promise<void> {
    while (this.#round !== undefined) await this.#round;
  }

  #begin(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (this.#round !== undefined || this.#failed) return;
    this.#round = this.#run().then(
      () => {
        this.#round = undefined;
        if (this.#unflushedBytes > 0) this.wrote(0);
      },
      (error: unknown) => {
        this.#round = undefined;
        this.#failed = true;
        this.#options.onError(error);
      },
    );
  }

  async #run(): Promise<void> {
    const { disk, file, journalPath, digest, plan } = this.#options;
    this.#unflushedBytes = 0;
    const roundBytes = this.#atRiskBytes;
    const pieces = plan.pieces();
    await file.flush();
    await disk.replaceText(journalPath, journalText({ sizeBytes: plan.sizeBytes, digest, pieces }));
    this.#atRiskBytes -= roundBytes;
  }

  /** A last round for everything written so far; rejects with the file system's error. */
  async finish(): Promise<void> {
    this.stop();
    await this.settled();
    await this.#run();
  }

  /** Starts no more rounds; one that is running continues. */
  stop(): void {
    this.#failed = true;
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}
