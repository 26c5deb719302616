import type { CatalogModel } from '../catalog';
import type { DownloadedModel } from '../protocol/downloadedModel';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import type { ModelDownload } from '../windows';
import { DownloadQueue } from './downloadQueue';
import { DownloadRun } from './downloadRun';
import type { HubAnswer } from './hubAnswers';
import type { ManagerDependencies } from './managerDependencies';

/** Who hears of this window's downloads. */
export interface LocalDownloadsObserver {
  /** A record changed; the facts that only the queue knows are in it. */
  changed(record: ModelDownloadProgress): void;
  /** What the hub said of a model's repository. */
  onHubAnswer(model: CatalogModel, answer: HubAnswer): void;
  /** The model as the disk has it now; undefined when it isn't whole. */
  downloaded(model: CatalogModel): Promise<DownloadedModel | undefined>;
}

/** The downloads that this window owns: the active one, the queue behind it, paused ones, and failed ones. */
export class LocalDownloads {
  readonly #dependencies: ManagerDependencies;
  readonly #observer: LocalDownloadsObserver;
  readonly #queue: DownloadQueue;
  /** Runs that have not ended, and the last one that failed of each model, so that its error stays visible. */
  readonly #runs = new Map<string, DownloadRun>();

  constructor(ports: ManagerDependencies, observer: LocalDownloadsObserver) {
    this.#dependencies = ports;
    this.#observer = observer;
    this.#queue = new DownloadQueue(() => {
      for (const run of [this.#queue.active, ...this.#queue.waiting]) {
        if (run !== undefined) observer.changed(this.record(run));
      }
    });
  }

  /** The download that runs now. */
  get active(): ModelDownload | undefined {
    return this.#queue.active;
  }

  /** Those that have not ended, the active one first, then failed ones that nobody has tried again. */
  list(): readonly ModelDownload[] {
    const { active, waiting } = this.#queue;
    const listed = active === undefined ? waiting : [active, ...waiting];
    return [...listed, ...[...this.#runs.values()].filter((run) => !listed.includes(run))];
  }

  /** The download of a model that has not ended. */
  unfinished(modelId: string): ModelDownload | undefined {
    const run = this.#runs.get(modelId);
    return run === undefined || isFinal(run.progress.status) ? undefined : run;
  }

  /** Starts a download at the end of the queue. */
  begin(model: CatalogModel, downloadId: string): ModelDownload {
    const ports = { ...this.#dependencies, newDownloadId: () => downloadId };
    const run = new DownloadRun(model, ports, {
      enqueue: (again) => this.#queue.add(again),
      changed: (changed) => this.#changed(changed),
      queuedBytes: () => this.#queue.waitingBytes,
      onHubAnswer: ({ model: asked }, answer) => this.#observer.onHubAnswer(asked, answer),
      downloaded: () => this.#observer.downloaded(model),
    });
    this.#runs.set(model.id, run);
    this.#queue.add(run);
    return run;
  }

  /** Forgets a failed download's record; false when there is none. */
  dismiss(modelId: string): boolean {
    return this.#runs.get(modelId)?.progress.status === 'error' && this.#runs.delete(modelId);
  }

  /** The record with the facts that only the queue knows. */
  record(download: ModelDownload): ModelDownloadProgress {
    const waiting = this.#queue.waiting.length;
    return download === this.#queue.active && waiting > 0
      ? { ...download.progress, queuedBehind: waiting }
      : download.progress;
  }

  #changed(run: DownloadRun): void {
    const { status } = run.progress;
    if (status === 'cancelled' || status === 'completed' || status === 'paused')
      this.#queue.remove(run);
    if (status === 'cancelled' || status === 'completed') this.#runs.delete(run.modelId);
    this.#observer.changed(this.record(run));
  }
}
