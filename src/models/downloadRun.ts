import type { ModelStore, PreparedSnapshot, SnapshotSpec } from '../cache';
import type { CatalogModel } from '../catalog';
import { abortable } from '../common/abortable';
import {
  AsrError,
  Cancelled,
  causeText,
  isAsrError,
  isCancellation,
  toAsrError,
} from '../common/asrError';
import { byteText } from '../common/byteText';
import { type Clock, pause } from '../common/clock';
import { deferred, type Deferred } from '../common/deferred';
import { Emitter } from '../common/event';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import type { Transfer } from '../download';
import type { DownloadedModel } from '../protocol/downloadedModel';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import { queuedRecord, settledRecord } from '../protocol/downloadRecord';
import type { ModelDownload } from '../windows';
import type { Inventory } from './inventory';
import { completedRecord, failedRecord, plannedRecord, transferRecord } from './progressRecord';
import { type ResolveDependencies, resolveModel, type ResolvedModel } from './resolveModel';
import { type TransferDependencies, transferMissing } from './transferMissing';

/** The dependencies of {@link DownloadRun}. */
export interface DownloadDependencies extends ResolveDependencies, TransferDependencies {
  readonly store: ModelStore;
  /** Other hub caches on this machine, whose files need not be downloaded. */
  readonly otherCaches: readonly string[];
  /** A message in the person's language. */
  readonly localise: (text: LocalizedMessage) => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a download waits before it tries again to lock its files, while another window fills one of them. */
const lockRetryMs = 1_000;
/** Kept free for the rest of the machine: journals, logs, the editor. */
const marginBytes = 64 * 1024 * 1024;

/**
 * One download of this window, from the command to the complete model: resolve, prepare, adopt, fetch, publish. It runs
 * only in its turns, which {@link LocalDownloads} gives it one after the other.
 */
export class DownloadRun implements ModelDownload {
  readonly finished: Promise<DownloadedModel>;
  readonly #emitter = new Emitter<ModelDownloadProgress>();
  readonly onDidChange = this.#emitter.event;
  readonly #dependencies: DownloadDependencies;
  readonly #inventory: Inventory;
  readonly #settle: Deferred<DownloadedModel>;
  readonly #published = new Set<string>();
  #record: ModelDownloadProgress;
  #desiredState: 'run' | 'pause' | 'cancel' = 'run';
  #turn:
    | {
        readonly abort: AbortController;
        transfer?: Transfer;
        /** Aborted when another process has taken over the files. */
        lost?: AbortSignal;
        ended: Promise<unknown>;
      }
    | undefined;
  #spec: SnapshotSpec | undefined;

  constructor(
    readonly model: CatalogModel,
    readonly downloadId: string,
    dependencies: DownloadDependencies,
    inventory: Inventory,
  ) {
    this.#dependencies = dependencies;
    this.#inventory = inventory;
    this.#record = queuedRecord(downloadId, model.id, model.name);
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

  /** Bytes still to fetch: of its files when they are known, else what the catalog says; 0 when it says nothing. */
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
  }

  /**
   * Works until it is completed, paused, cancelled or failed, or queued again because it was paused and resumed
   * meanwhile. Never rejects. `queuedBytes`: what the waiting downloads still have to fetch, as far as that is known.
   */
  async takeTurn(queuedBytes: () => number): Promise<void> {
    if (this.#desiredState !== 'run' || this.#isOver()) return;
    const ended = deferred<undefined>();
    this.#turn = { abort: new AbortController(), ended: ended.promise };
    try {
      await this.#work(this.#turn.abort.signal, queuedBytes);
    } catch (error) {
      this.#stopped(error);
    } finally {
      this.#turn = undefined;
      ended.resolve(undefined);
    }
  }

  async #work(signal: AbortSignal, queuedBytes: () => number): Promise<void> {
    this.#update(settledRecord(this.#record, 'resolving'));
    const resolved = await this.#resolve(signal);
    if (resolved === 'alreadyThere') return;
    this.#spec = resolved.spec;
    const prepared = await this.#prepare(resolved.spec, signal);
    // Another window has taken over, because this one slept or hung. It waits for that window in its next turn.
    if (this.#turn !== undefined) this.#turn.lost = prepared.lost;
    prepared.lost.addEventListener('abort', () => this.#stopTurn(), { once: true });
    try {
      signal.throwIfAborted();
      for (const path of await this.#adopt(prepared, signal)) this.#published.add(path);
      await this.#fill(prepared, resolved, signal, queuedBytes);
      signal.throwIfAborted();
      await prepared.complete();
    } catch (error) {
      if (this.#desiredState === 'cancel') await this.#discard(prepared);
      throw error;
    } finally {
      await prepared.release();
    }
    await this.#complete();
  }

  /**
   * Pins the model. Whatever the network says, a model that is whole on the disk stays what it is: downloaded. Only a hub
   * that contradicts what the catalog verified is reported.
   */
  async #resolve(signal: AbortSignal): Promise<ResolvedModel | 'alreadyThere'> {
    try {
      const resolved = await resolveModel(this.model, this.#dependencies, signal);
      if (resolved.answer !== undefined) this.#inventory.recordAnswer(this.model, resolved.answer);
      return resolved;
    } catch (error) {
      if (isCancellation(error) || toAsrError(error).code === 'integrity') throw error;
      const there = await this.#inventory.downloaded(this.model);
      if (there === undefined) throw error;
      this.#dependencies.logger.warn(
        `${this.model.id}: the copy on the disk is whole and stays in use; the hub could not be asked for another: ${causeText(error)}`,
      );
      this.#end(completedRecord(this.#record), there);
      return 'alreadyThere';
    }
  }

  /**
   * Prepares the snapshot as soon as no other window is filling one of its files (another model may share a file with
   * it). While it waits it holds no lock, so that two windows can't wait for each other.
   */
  async #prepare(spec: SnapshotSpec, signal: AbortSignal): Promise<PreparedSnapshot> {
    const { store, clock } = this.#dependencies;
    for (;;) {
      try {
        return await store.prepare(spec, { signal });
      } catch (error) {
        if (!isAsrError(error) || error.details.isBusyElsewhere !== true) throw error;
      }
      if (this.#record.status !== 'queued') this.#update(settledRecord(this.#record, 'queued'));
      await abortable(pause(clock, lockRetryMs), signal);
    }
  }

  /**
   * Takes over the files that another cache on this machine already has, and returns their paths. A failure is only
   * logged, because the files can still be downloaded.
   */
  async #adopt(prepared: PreparedSnapshot, signal: AbortSignal): Promise<readonly string[]> {
    const { store, otherCaches, logger } = this.#dependencies;
    if (prepared.files.every(({ state }) => state === 'present')) return [];
    try {
      const adopted = await store.adopt(prepared, { caches: otherCaches, signal });
      if (adopted.length > 0) {
        logger.info(`${prepared.spec.repo}: ${adopted.length} files were already on this machine`);
      }
      return adopted;
    } catch (error) {
      if (isCancellation(error)) throw error;
      logger.warn(`${prepared.spec.repo}: nothing was adopted: ${causeText(error)}`);
      return [];
    }
  }

  async #fill(
    prepared: PreparedSnapshot,
    resolved: ResolvedModel,
    signal: AbortSignal,
    waitingBytes: () => number,
  ): Promise<void> {
    const { store, logger, localise } = this.#dependencies;
    const missing = prepared.files.filter(({ state }) => state === 'missing');
    const present = prepared.files
      .filter(({ state }) => state === 'present')
      .map(({ entry }) => ({ path: entry.path, sizeBytes: entry.sizeBytes }));
    this.#update(plannedRecord(this.#record, present, missing));
    if (missing.length === 0) return;

    // Files with the same bytes share a partial file, and need its space once.
    const partials = new Map(missing.map((file) => [file.partialPath, file]));
    let neededBytes = 0;
    for (const { entry, partialBytes } of partials.values()) {
      neededBytes += entry.sizeBytes - partialBytes;
    }
    const queuedBytes = waitingBytes();
    const free = { freeBytes: await store.freeBytes(), folder: store.hubRoot };
    const problem = diskSpaceProblem({ neededBytes, queuedBytes, ...free });
    if (problem !== undefined) throw problem;

    const { transfer, outcome } = await transferMissing(this.#dependencies, prepared, resolved, {
      queuedBytes,
      onProgress: (progress) => {
        if (this.#desiredState === 'run')
          this.#update(transferRecord(this.#record, present, progress, localise));
      },
      onPublished: (path) => this.#published.add(path),
    });
    if (this.#turn !== undefined) this.#turn.transfer = transfer;
    // The download may have been paused or cancelled before the transfer began.
    if (signal.aborted) this.#stopTurn();
    const ended = await outcome;
    if (this.#turn !== undefined) delete this.#turn.transfer;
    signal.throwIfAborted();
    if (ended.kind === 'failed') {
      logger.warn(`${this.model.id}: ${ended.file ?? ''} ${causeText(ended.error)}`);
      throw await resolved.explain(ended.error);
    }
    if (ended.kind !== 'completed') throw new Cancelled();
  }

  async #complete(): Promise<void> {
    const model = await this.#inventory.downloaded(this.model);
    if (model === undefined) throw new Error('published, but the scan does not find it');
    this.#end(completedRecord(this.#record), model);
  }

  #stopped(error: unknown): void {
    const { logger, localise } = this.#dependencies;
    if (this.#desiredState === 'cancel') {
      this.#end(settledRecord(this.#record, 'cancelled'), new Cancelled());
    } else if (this.#desiredState === 'pause') {
      this.#update(settledRecord(this.#record, 'paused'));
    } else if (this.#turn?.abort.signal.aborted === true) {
      // It was paused and resumed again before the transfer had stopped.
      this.#update(settledRecord(this.#record, 'queued'));
    } else {
      logger.error(`${this.model.id} failed: ${causeText(error)}`);
      this.#end(failedRecord(this.#record, error, localise), toAsrError(error));
    }
  }

  #stopTurn(): void {
    // Once another process has the files, nothing of them is written or removed here, whatever the person wants.
    if (this.#turn?.lost?.aborted === true) this.#turn.transfer?.abandon();
    else if (this.#desiredState === 'cancel') this.#turn?.transfer?.cancel();
    else this.#turn?.transfer?.pause();
    this.#turn?.abort.abort(new Cancelled());
  }

  /** Removes what a cancelled download has written: its partial files, and the files that it published. */
  async #discard(prepared: PreparedSnapshot): Promise<void> {
    await prepared.discardPartials();
    if (this.#published.size === 0) return;
    await this.#dependencies.store.removeFiles(prepared.spec.repo, prepared.spec.commit, [
      ...this.#published,
    ]);
    this.#published.clear();
  }

  /** Cancelled between turns: removes what an earlier turn has written. */
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
    return isFinal(this.#record.status);
  }

  #update(record: ModelDownloadProgress): void {
    this.#record = record;
    this.#emitter.fire(record);
  }

  #end(record: ModelDownloadProgress, result: DownloadedModel | Error): void {
    this.#update(record);
    if (result instanceof Error) this.#settle.reject(result);
    else this.#settle.resolve(result);
  }
}

/** The bytes that have to fit below a folder: a download's missing bytes, and those of the downloads behind it. */
interface SpaceNeed {
  readonly neededBytes: number;
  readonly queuedBytes: number;
  /** Undefined when the system does not say. */
  readonly freeBytes: number | undefined;
  readonly folder: string;
}

/**
 * Whether the bytes still to come fit, with a margin. Returns the error to end with, or undefined when they fit or the
 * free space is unknown: a file system that reports wrong figures must not prevent a download
 * (docs/hub-protocol.md section 7).
 */
function diskSpaceProblem(need: SpaceNeed): AsrError | undefined {
  const { neededBytes, queuedBytes, freeBytes, folder } = need;
  if (freeBytes === undefined || neededBytes === 0) return undefined;
  const missingBytes = neededBytes + queuedBytes + marginBytes - freeBytes;
  if (missingBytes <= 0) return undefined;
  const needed = byteText(neededBytes + queuedBytes);
  const free = byteText(freeBytes);
  const text =
    neededBytes + marginBytes > freeBytes
      ? localized(
          'Not enough disk space: needs {0}, {1} free in {2}. {3} more must stay free. Free up space or choose another folder.',
          byteText(neededBytes),
          free,
          folder,
          byteText(marginBytes),
        )
      : localized(
          'Not enough disk space: needs {0} with the downloads that wait behind it, {1} free in {2}. {3} more must stay free. Free up space, choose another folder, or cancel one of them.',
          needed,
          free,
          folder,
          byteText(marginBytes),
        );
  return new AsrError('diskSpace', text, { details: { missingBytes } });
}
