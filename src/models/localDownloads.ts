import type { CatalogModel } from '../catalog';
import { Emitter } from '../common/event';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import { type Downloads, isUnfinished, type ModelDownload } from '../windows';
import { type DownloadDependencies, DownloadRun } from './downloadRun';
import type { Inventory } from './inventory';

/**
 * The downloads that this window owns: the active one, the queue behind it, paused ones, and failed ones until they are
 * dismissed or tried again. One runs at a time, the others wait in the order they came; a paused one leaves the queue.
 */
export class LocalDownloads {
  readonly #dependencies: DownloadDependencies;
  readonly #inventory: Inventory;
  readonly #downloads: Downloads;
  readonly #waiting: DownloadRun[] = [];
  readonly #onDidSettle = new Emitter<ModelDownloadProgress>();
  #active: DownloadRun | undefined;

  /** A download ended or was paused, after every listener of {@link Downloads.onDidChange} has its record. */
  readonly onDidSettle = this.#onDidSettle.event;

  constructor(dependencies: DownloadDependencies, inventory: Inventory, downloads: Downloads) {
    this.#dependencies = dependencies;
    this.#inventory = inventory;
    this.#downloads = downloads;
  }

  /** The download that runs now. */
  get active(): ModelDownload | undefined {
    return this.#active;
  }

  /** Those that have not ended, the active one first, then failed ones that were not tried again. */
  list(): readonly ModelDownload[] {
    const inQueue = this.#inQueue();
    const others = this.#downloads.ofClass(DownloadRun).filter((run) => !inQueue.includes(run));
    return [...inQueue, ...others];
  }

  /** The download of a model that has not ended. */
  unfinished(modelId: string): ModelDownload | undefined {
    const run = this.#run(modelId);
    return run !== undefined && isUnfinished(run) ? run : undefined;
  }

  /** Adds a download at the end of the queue. */
  begin(model: CatalogModel, downloadId: string): ModelDownload {
    const run = new DownloadRun(model, downloadId, this.#dependencies, this.#inventory);
    this.#downloads.add(run);
    run.onDidChange(() => this.#changed(run));
    this.#enqueue(run);
    return run;
  }

  /** Removes a failed download's record; false when there is none. */
  dismiss(modelId: string): boolean {
    const run = this.#run(modelId);
    if (run?.progress.status !== 'error') return false;
    this.#downloads.remove(run);
    return true;
  }

  /** The record of a download with the length of the queue behind it. */
  record(download: ModelDownload): ModelDownloadProgress {
    const queuedBehind = this.#waiting.length;
    return download === this.#active && queuedBehind > 0
      ? { ...download.progress, queuedBehind }
      : download.progress;
  }

  dispose(): void {
    this.#onDidSettle.dispose();
  }

  #run(modelId: string): DownloadRun | undefined {
    const download = this.#downloads.get(modelId);
    return download instanceof DownloadRun ? download : undefined;
  }

  #inQueue(): readonly DownloadRun[] {
    return this.#active === undefined ? this.#waiting : [this.#active, ...this.#waiting];
  }

  #changed(run: DownloadRun): void {
    const { status } = run.progress;
    const isSettled = isFinal(status) || status === 'paused';
    if (isSettled && this.#waiting.includes(run))
      this.#waiting.splice(this.#waiting.indexOf(run), 1);
    if (status === 'cancelled' || status === 'completed') this.#downloads.remove(run);
    const record = this.record(run);
    this.#downloads.report(record);
    if (isSettled) this.#onDidSettle.fire(record);
    // A paused one was resumed.
    if (status === 'queued' && !this.#inQueue().includes(run)) this.#enqueue(run);
  }

  #enqueue(run: DownloadRun): void {
    this.#waiting.push(run);
    this.#reportQueue();
    void this.#next();
  }

  /** The length of the queue has changed, which is a part of its records. */
  #reportQueue(): void {
    for (const run of this.#inQueue()) this.#downloads.report(this.record(run));
  }

  async #next(): Promise<void> {
    if (this.#active !== undefined) return;
    const run = this.#waiting.shift();
    if (run === undefined) return;
    this.#active = run;
    await run.takeTurn(() => this.#waiting.reduce((sum, one) => sum + one.remainingBytes, 0));
    this.#active = undefined;
    if (run.progress.status === 'queued') this.#waiting.push(run);
    this.#reportQueue();
    await this.#next();
  }
}
