import { MessageChannel, Worker } from 'node:worker_threads';
import { AsrError, causeText } from '../../common/asrError';
import type { Clock } from '../../common/clock';
import { deferred, type Deferred } from '../../common/deferred';
import type { Disposable } from '../../common/disposable';
import { localized } from '../../common/localizedMessage';
import type { Logger } from '../../common/logger';
import {
  createFetchTransport,
  type Fetch,
  fromPlainError,
  serveTransport,
  toPlainError,
} from '../../http';
import { defined } from '../../protocol/defined';
import type {
  DownloadEngine,
  Transfer,
  TransferObserver,
  TransferOutcome,
  TransferProgress,
  TransferRequest,
} from '../downloadEngine';
import { defaultTuning, type Tuning } from '../tuning';
import { threadLimits, type WorkerRole, type FromWorker, type ToWorker } from './workerMessages';

/** The dependencies of the engine on the extension host. */
interface DownloadEngineOptions {
  /** The built worker bundle, `dist/transferWorker.js`. */
  readonly workerPath: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The editor's own fetch: used where sockets of our own can't connect (a PAC file, Kerberos). */
  readonly fetch?: Fetch;
  /** How long the worker is kept without work, in milliseconds; a minute by default. */
  readonly idleMs?: number;
  /** For tests: constants that differ from the usual ones. */
  readonly tuning?: Partial<Tuning>;
}

const defaultIdleMs = 60_000;

/** A transfer in the worker, seen from here. */
interface Running {
  readonly id: number;
  readonly request: TransferRequest;
  readonly observer: TransferObserver;
  readonly finished: Deferred<TransferOutcome>;
  readonly verified: Set<number>;
  bytesPerSecondCap: number;
  fallback: Disposable | undefined;
  lastProgress: TransferProgress | undefined;
  /** How it was asked to end; it stands over a crash. */
  ending: 'pause' | 'cancel' | 'abandon' | undefined;
  /** Crashes of the worker since bytes came last. */
  crashes: number;
  restart: Disposable | undefined;
}

/** A worker that ends this often in a row without a byte in between is not started again. */
const maxCrashes = 2;

/** The main thread's side: keeps the worker, passes messages, and starts again what a crash of it has cut off. */
class WorkerEngine implements DownloadEngine {
  readonly #options: DownloadEngineOptions;
  readonly #tuning: Tuning;
  readonly #running = new Map<number, Running>();
  #worker: Worker | undefined;
  #idle: Disposable | undefined;
  #lastId = 0;

  constructor(options: DownloadEngineOptions) {
    this.#options = options;
    this.#tuning = { ...defaultTuning, ...options.tuning };
  }

  start(request: TransferRequest, observer: TransferObserver): Transfer {
    const running: Running = {
      id: ++this.#lastId,
      request,
      observer,
      finished: deferred<TransferOutcome>(),
      verified: new Set(),
      bytesPerSecondCap: request.settings.maxBytesPerSecond,
      fallback: undefined,
      lastProgress: undefined,
      ending: undefined,
      crashes: 0,
      restart: undefined,
    };
    this.#running.set(running.id, running);
    this.#launch(running);
    return {
      finished: running.finished.promise,
      pause: () => this.#endSoon(running, 'pause'),
      cancel: () => this.#endSoon(running, 'cancel'),
      abandon: () => this.#endSoon(running, 'abandon'),
      setMaxBytesPerSecond: (bytesPerSecond) => this.#cap(running, bytesPerSecond),
    };
  }

  setMaxBytesPerSecond(bytesPerSecond: number): void {
    for (const running of this.#running.values()) this.#cap(running, bytesPerSecond);
  }

  #cap(running: Running, bytesPerSecond: number): void {
    running.bytesPerSecondCap = bytesPerSecond;
    if (this.#running.has(running.id)) {
      this.#worker?.postMessage(toWorker({ kind: 'cap', id: running.id, bytesPerSecond }));
    }
  }

  #launch(running: Running): void {
    const { fetch } = this.#options;
    const { id, request, verified, bytesPerSecondCap, lastProgress } = running;
    const files = lastProgress?.files ?? [];
    this.#idle?.dispose();
    this.#worker ??= this.#startWorker();
    const settings = { ...request.settings, maxBytesPerSecond: bytesPerSecondCap };
    const start = {
      kind: 'start' as const,
      id,
      tuning: this.#tuning,
      request: { ...request, settings },
      verified: [...verified],
      reported: new Map(files.map(({ path, downloadedBytes }) => [path, downloadedBytes])),
    };
    if (fetch === undefined) {
      this.#worker.postMessage(toWorker(start));
      return;
    }
    const { port1, port2 } = new MessageChannel();
    running.fallback = serveTransport(port1, createFetchTransport(fetch));
    this.#worker.postMessage(toWorker({ ...start, fallback: port2 }), [port2]);
  }

  #endSoon(running: Running, how: 'pause' | 'cancel' | 'abandon'): void {
    if (!this.#running.has(running.id)) return;
    // Whatever was asked before: the files are another process's by now.
    if (how === 'abandon') running.ending = how;
    else running.ending ??= how;
    if (running.restart === undefined) {
      this.#worker?.postMessage(toWorker({ kind: how, id: running.id }));
      return;
    }
    // Between two workers: the new one is started to let it end the transfer as it always does.
    running.restart.dispose();
    this.#relaunch(running);
  }

  #startWorker(): Worker {
    const workerData: WorkerRole = { role: 'transfer' };
    const worker = new Worker(this.#options.workerPath, {
      workerData,
      name: 'asr-transfer',
      resourceLimits: threadLimits,
    });
    worker.on('message', (message: FromWorker) => {
      if (this.#worker === worker) this.#onMessage(message);
    });
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#crashed(cause ?? new Error(`the worker ended with code ${String(code)}`));
    });
    return worker;
  }

  #onMessage(message: FromWorker): void {
    if (message.kind === 'log') {
      this.#options.logger[message.level](message.line);
      return;
    }
    const running = this.#running.get(message.id);
    if (running === undefined) return;
    switch (message.kind) {
      case 'progress':
        this.#progress(running, message.progress);
        break;
      case 'verified': {
        running.verified.add(message.fileIndex);
        const file = running.request.files[message.fileIndex];
        if (file !== undefined) running.observer.verified(file);
        break;
      }
      case 'finished':
        this.#finish(running, message.outcome);
        break;
      case 'failed': {
        const { error, file } = message;
        this.#finish(running, {
          kind: 'failed',
          error: fromPlainError(error),
          ...defined({ file }),
        });
        break;
      }
    }
  }

  #progress(running: Running, progress: TransferProgress): void {
    const before = running.lastProgress?.downloadedBytes ?? progress.downloadedBytes;
    if (progress.downloadedBytes > before) running.crashes = 0;
    running.lastProgress = progress;
    running.observer.progress(progress);
  }

  #finish(running: Running, outcome: TransferOutcome): void {
    const { clock, idleMs = defaultIdleMs } = this.#options;
    this.#running.delete(running.id);
    running.fallback?.dispose();
    if (this.#running.size === 0) {
      this.#idle = clock.after(idleMs, () => this.#endWorker());
    }
    running.finished.resolve(outcome);
  }

  /** A crash is a failed attempt: flushed bytes are there, and the next worker resumes from them. */
  #crashed(cause: unknown): void {
    const { logger, clock } = this.#options;
    logger.error(`download: the worker ended unexpectedly: ${causeText(cause)}`);
    const error = new AsrError(
      'unknown',
      localized('The download stopped unexpectedly. What has arrived is kept: try again.'),
      { cause },
    );
    for (const running of [...this.#running.values()]) {
      running.fallback?.dispose();
      running.fallback = undefined;
      running.crashes++;
      if (running.crashes > maxCrashes) {
        this.#finish(running, { kind: 'failed', error });
        continue;
      }
      const delayMs = running.ending === undefined ? this.#tuning.retryBaseMs : 0;
      this.#reportRestart(running, error, delayMs);
      running.restart = clock.after(delayMs, () => this.#relaunch(running));
    }
  }

  #reportRestart(running: Running, error: AsrError, delayMs: number): void {
    const { lastProgress, observer, crashes } = running;
    if (lastProgress === undefined) return;
    const retryAt = this.#options.clock.wallMs() + delayMs;
    const retry = { attempt: crashes + 1, retryAt, error: toPlainError(error) };
    const { bytesPerSecond: _, secondsRemaining: __, ...rest } = lastProgress;
    observer.progress({ ...rest, phase: 'waiting', connections: 0, retry });
  }

  #relaunch(running: Running): void {
    running.restart = undefined;
    this.#launch(running);
    if (running.ending !== undefined) {
      this.#worker?.postMessage(toWorker({ kind: running.ending, id: running.id }));
    }
  }

  #endWorker(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }

  /** Ends everything now. What was flushed is kept; transfers that ran have ended as `paused`. */
  dispose(): void {
    this.#idle?.dispose();
    this.#endWorker();
    for (const running of [...this.#running.values()]) {
      running.restart?.dispose();
      running.fallback?.dispose();
      running.finished.resolve({ kind: 'paused' });
    }
    this.#running.clear();
  }
}

/** Lets the compiler check the message's type. */
function toWorker(message: ToWorker): ToWorker {
  return message;
}

/** A {@link DownloadEngine} whose worker starts with the first transfer and ends when it has been idle for a while. */
export function createDownloadEngine(options: DownloadEngineOptions): DownloadEngine {
  return new WorkerEngine(options);
}
