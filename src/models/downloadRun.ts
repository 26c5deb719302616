import type { PreparedSnapshot, SnapshotSpec } from '../cache';
import type { CatalogModel } from '../catalog';
import { Cancelled, causeText, isCancellation, toAsrError } from '../common/asrError';
import { deferred, type Deferred } from '../common/deferred';
import { Emitter } from '../common/event';
import type { TransferProgress } from '../download';
import type { DownloadedModel } from '../protocol/downloadedModel';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import { queuedRecord, settledRecord } from '../protocol/downloadRecord';
import type { ModelDownload } from '../windows';
import { adoptFromDisk } from './adoptFromDisk';
import { diskSpaceProblem } from './diskSpace';
import type { HubAnswer } from './hubAnswers';
import type { ManagerDependencies } from './managerDependencies';
import { prepareWhenFree } from './prepareWhenFree';
import { completedRecord, failedRecord, plannedRecord, transferRecord } from './progressRecord';
import { resolveModel, type ResolvedModel } from './resolveModel';
import { transferMissing, type RunningTransfer } from './transferMissing';

/** How one turn of a download in the queue ended. */
export type TurnOutcome = 'completed' | 'paused' | 'cancelled' | 'failed';

/** What a run asks of the queue that it stands in. */
export interface RunOwner {
  /** Put into the queue (again). */
  enqueue(run: DownloadRun): void;
  /** Its record changed. */
  changed(run: DownloadRun): void;
  /** What the hub said of the model's repository. */
  onHubAnswer(run: DownloadRun, answer: HubAnswer): void;
  /** What the downloads that wait behind this one still have to fetch, in bytes, as far as that is known. */
  queuedBytes(): number;
  /** The model as a scan finds it now; undefined when it isn't whole. */
  downloaded(): Promise<DownloadedModel | undefined>;
}

/** One download, from the command to the complete model (ARCHITECTURE.md). The queue decides when it may run. */
export class DownloadRun implements ModelDownload {
  readonly downloadId: string;
  readonly finished: Promise<DownloadedModel>;
  readonly #emitter = new Emitter<ModelDownloadProgress>();
  readonly onDidChange = this.#emitter.event;
  readonly #dependencies: ManagerDependencies;
  readonly #owner: RunOwner;
  readonly #settle: Deferred<DownloadedModel>;
  readonly #published = new Set<string>();
  #record: ModelDownloadProgress;
  #desiredState: 'run' | 'pause' | 'cancel' = 'run';
  #turn:
    | { readonly abort: AbortController; transfer?: RunningTransfer; ended: Promise<unknown> }
    | undefined;
  #spec: SnapshotSpec | undefined;

  constructor(
    readonly model: CatalogModel,
    ports: ManagerDependencies,
    owner: RunOwner,
  ) {
    this.#dependencies = ports;
    this.#owner = owner;
    this.downloadId = ports.newDownloadId();
    this.#record = queuedRecord(this.downloadId, model.id, model.name);
    const settled = deferred<DownloadedModel>();
    this.finished = settled.promise;
    this.#settle = settled;
  }

  get modelId(): string {
    return this.model.id;
  }

  get progress(): ModelDownloadProgress {
    return this.#record;
  }

  /** Bytes still to fetch: of its files when they are known, else what the catalog says; 0 when nobody knows. */
  get remainingBytes(): number {
    const { totalBytes, downloadedBytes } = this.#record;
    return totalBytes === undefined ? (this.model.sizeBytes ?? 0) : totalBytes - downloadedBytes;
  }

  async cancel(): Promise<void> {
    if (this.#desiredState === 'cancel' || this.#isOver()) return;
    this.#desiredState = 'cancel';
    if (this.#turn === undefined) {
      await this.#discardLeftovers();
      this.#end(settledRecord(this.#record, 'cancelled'), new Cancelled());
      return;
    }
    this.#stopTurn();
    await this.#turn.ended;
  }

  async pause(): Promise<void> {
    if (this.#desiredState !== 'run' || this.#isOver()) return;
    this.#desiredState = 'pause';
    if (this.#turn === undefined) {
      this.#update(settledRecord(this.#record, 'paused'));
      return;
    }
    this.#stopTurn();
    await this.#turn.ended;
  }

  resume(): void {
    if (this.#desiredState === 'pause' && this.#turn !== undefined) this.#desiredState = 'run';
    if (this.#record.status !== 'paused') return;
    this.#desiredState = 'run';
    this.#update(settledRecord(this.#record, 'queued'));
    this.#owner.enqueue(this);
  }

  /** The queue's call: work until completed, paused, cancelled or failed. Never rejects. */
  async takeTurn(): Promise<TurnOutcome> {
    if (this.#desiredState === 'pause') return 'paused';
    if (this.#desiredState === 'cancel' || this.#isOver()) return 'cancelled';
    const ended = deferred<undefined>();
    this.#turn = { abort: new AbortController(), ended: ended.promise };
    try {
      return await this.#work(this.#turn.abort.signal);
    } catch (error) {
      return this.#stopped(error);
    } finally {
      this.#turn = undefined;
      ended.resolve(undefined);
    }
  }

  async #work(signal: AbortSignal): Promise<TurnOutcome> {
    this.#update(settledRecord(this.#record, 'resolving'));
    const resolved = await this.#resolve(signal);
    if (resolved === 'alreadyThere') return 'completed';
    this.#spec = resolved.spec;
    const prepared = await prepareWhenFree(this.#dependencies, resolved.spec, signal, () =>
      this.#update(settledRecord(this.#record, 'queued')),
    );
    try {
      signal.throwIfAborted();
      for (const path of await adoptFromDisk(this.#dependencies, prepared, signal))
        this.#published.add(path);
      await this.#fill(prepared, resolved, signal);
      signal.throwIfAborted();
      await prepared.complete();
    } catch (error) {
      if (this.#desiredState === 'cancel') await this.#discard(prepared);
      throw error;
    } finally {
      await prepared.release();
    }
    return await this.#complete();
  }

  /** Pins the model. Without a network, a model that is whole on the disk stays what it is: downloaded. */
  async #resolve(signal: AbortSignal): Promise<ResolvedModel | 'alreadyThere'> {
    try {
      const resolved = await resolveModel(this.model, this.#dependencies, signal);
      if (resolved.answer !== undefined) this.#owner.onHubAnswer(this, resolved.answer);
      return resolved;
    } catch (error) {
      if (isCancellation(error) || toAsrError(error).code !== 'network') throw error;
      const there = await this.#owner.downloaded();
      if (there === undefined) throw error;
      this.#dependencies.logger.info(
        `${this.model.id}: the hub can't be reached; the copy on the disk is whole`,
      );
      this.#end(completedRecord(this.#record), there);
      return 'alreadyThere';
    }
  }

  async #fill(
    prepared: PreparedSnapshot,
    resolved: ResolvedModel,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, logger, localise } = this.#dependencies;
    const missing = prepared.files.filter(({ state }) => state === 'missing');
    const present = prepared.files
      .filter(({ state }) => state === 'present')
      .map(({ entry }) => ({ path: entry.path, sizeBytes: entry.sizeBytes }));
    this.#update(plannedRecord(this.#record, present, missing));
    if (missing.length === 0) return;

    // Files with the same bytes share a partial, and need its room once.
    const partials = new Map(missing.map((file) => [file.partialPath, file]));
    let neededBytes = 0;
    for (const { entry, partialBytes } of partials.values()) {
      neededBytes += entry.sizeBytes - partialBytes;
    }
    const queuedBytes = this.#owner.queuedBytes();
    const room = { freeBytes: await store.freeBytes(), folder: store.hubRoot };
    const problem = diskSpaceProblem({ neededBytes, queuedBytes, ...room });
    if (problem !== undefined) throw problem;

    const observer = {
      progress: (progress: TransferProgress): void => {
        if (this.#desiredState === 'run')
          this.#update(transferRecord(this.#record, present, progress, localise));
      },
      published: (path: string): void => {
        this.#published.add(path);
      },
    };
    const transfer = await transferMissing(
      this.#dependencies,
      prepared,
      resolved,
      observer,
      queuedBytes,
    );
    if (this.#turn !== undefined) this.#turn.transfer = transfer;
    // The person may have changed their mind while the files were being looked up.
    if (signal.aborted) this.#stopTurn();
    const outcome = await transfer.finished;
    if (this.#turn !== undefined) delete this.#turn.transfer;
    signal.throwIfAborted();
    if (outcome.kind === 'failed') {
      logger.warn(`${this.model.id}: ${outcome.file ?? ''} ${causeText(outcome.error)}`);
      throw await resolved.explain(outcome.error);
    }
    if (outcome.kind !== 'completed') throw new Cancelled();
  }

  async #complete(): Promise<TurnOutcome> {
    const model = await this.#owner.downloaded();
    if (model === undefined) throw new Error('published, but the scan does not find it');
    this.#end(completedRecord(this.#record), model);
    return 'completed';
  }

  #stopped(error: unknown): TurnOutcome {
    // Paused and resumed again before the pause was through.
    if (this.#desiredState === 'run' && this.#turn?.abort.signal.aborted === true) {
      this.#update(settledRecord(this.#record, 'queued'));
      this.#owner.enqueue(this);
      return 'paused';
    }
    if (this.#desiredState === 'cancel') {
      this.#end(settledRecord(this.#record, 'cancelled'), new Cancelled());
      return 'cancelled';
    }
    if (this.#desiredState === 'pause') {
      this.#update(settledRecord(this.#record, 'paused'));
      return 'paused';
    }
    this.#dependencies.logger.error(`${this.model.id} failed: ${causeText(error)}`);
    this.#end(failedRecord(this.#record, error, this.#dependencies.localise), toAsrError(error));
    return 'failed';
  }

  #stopTurn(): void {
    if (this.#desiredState === 'cancel') this.#turn?.transfer?.cancel();
    else this.#turn?.transfer?.pause();
    this.#turn?.abort.abort(new Cancelled());
  }

  /** Cancel takes back what this download brought: its partials, and the files that nothing else had before. */
  async #discard(prepared: PreparedSnapshot): Promise<void> {
    await prepared.discardPartials();
    if (this.#published.size === 0) return;
    await this.#dependencies.store.removeFiles(prepared.spec.repo, prepared.spec.commit, [
      ...this.#published,
    ]);
    this.#published.clear();
  }

  /** Cancelled while no turn runs: what an earlier turn left is swept away. */
  async #discardLeftovers(): Promise<void> {
    if (this.#spec === undefined) return;
    try {
      const prepared = await this.#dependencies.store.prepare(this.#spec);
      try {
        await this.#discard(prepared);
      } finally {
        await prepared.release();
      }
    } catch (error) {
      this.#dependencies.logger.warn(
        `${this.model.id}: partial files could not be removed: ${causeText(error)}`,
      );
    }
  }

  #isOver(): boolean {
    const { status } = this.#record;
    return status === 'completed' || status === 'cancelled' || status === 'error';
  }

  #update(record: ModelDownloadProgress): void {
    this.#record = record;
    this.#emitter.fire(record);
    this.#owner.changed(this);
  }

  #end(record: ModelDownloadProgress, result: DownloadedModel | Error): void {
    this.#update(record);
    if (result instanceof Error) this.#settle.reject(result);
    else this.#settle.resolve(result);
  }
}
