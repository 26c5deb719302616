import { Worker } from 'node:worker_threads';
import { AsrError } from '../base/asrError';
import type { Clock } from '../base/clock';
import type { Disposable } from '../base/disposable';
import type { Logger } from '../base/logger';
import { sentence } from '../base/sentence';
import type { Fetch } from '../transport';
import type {
  DownloadEngine,
  Transfer,
  TransferObserver,
  TransferOutcome,
  TransferRequest,
} from './downloadEngine';
import type { WorkerRole } from './hashThread';
import { deferred, type Deferred } from './deferred';
import { defaultTuning, type Tuning } from './tuning';
import {
  fromPlainOutcome,
  fromPlainProgress,
  type FromWorker,
  type ToWorker,
} from './workerMessages';

/** What the engine needs of the extension host. */
export interface DownloadEngineOptions {
  /** The built worker bundle, `dist/transferWorker.js`. */
  readonly workerPath: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The editor's own fetch: the way out where sockets of our own can't connect (a PAC file, Kerberos). */
  readonly fetch?: Fetch;
  /** How long the worker is kept without work, in milliseconds; a minute unless told. */
  readonly idleMs?: number;
  /** For tests: constants that differ from the usual ones. */
  readonly tuning?: Partial<Tuning>;
}

interface Running {
  readonly request: TransferRequest;
  readonly observer: TransferObserver;
  readonly finished: Deferred<TransferOutcome>;
}

const defaultIdleMs = 60_000;

/** A {@link DownloadEngine} whose worker starts with the first transfer and ends when it has been idle for a while. */
export function createDownloadEngine(options: DownloadEngineOptions): DownloadEngine {
  return new WorkerEngine(options);
}

class WorkerEngine implements DownloadEngine {
  readonly #options: DownloadEngineOptions;
  readonly #running = new Map<number, Running>();
  #worker: Worker | undefined;
  #idle: Disposable | undefined;
  #lastId = 0;

  constructor(options: DownloadEngineOptions) {
    this.#options = options;
  }

  start(request: TransferRequest, observer: TransferObserver): Transfer {
    const id = ++this.#lastId;
    const finished = deferred<TransferOutcome>();
    this.#idle?.dispose();
    this.#running.set(id, { request, observer, finished });
    this.#send({
      kind: 'start',
      id,
      request,
      tuning: { ...defaultTuning, ...this.#options.tuning },
    });
    return {
      finished: finished.promise,
      pause: () => {
        this.#tell({ kind: 'pause', id });
      },
      cancel: () => {
        this.#tell({ kind: 'cancel', id });
      },
      setMaxBytesPerSecond: (bytesPerSecond) => {
        this.#tell({ kind: 'cap', id, bytesPerSecond });
      },
    };
  }

  #tell(message: Exclude<ToWorker, { kind: 'start' }>): void {
    if (this.#running.has(message.id)) this.#send(message);
  }

  #send(message: ToWorker): void {
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage(message);
  }

  #startWorker(): Worker {
    const workerData: WorkerRole = { role: 'transfer' };
    const worker = new Worker(this.#options.workerPath, { workerData, name: 'asr-transfer' });
    worker.on('message', (message: FromWorker) => {
      this.#heard(message);
    });
    let crash: unknown;
    worker.on('error', (error) => {
      crash = error;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#crashed(crash);
    });
    return worker;
  }

  #heard(message: FromWorker): void {
    if (message.kind === 'log') {
      this.#options.logger[message.level](message.line);
      return;
    }
    const running = this.#running.get(message.id);
    if (running === undefined) return;
    switch (message.kind) {
      case 'progress':
        running.observer.progress(fromPlainProgress(message.progress));
        break;
      case 'verified': {
        const file = running.request.files[message.fileIndex];
        if (file !== undefined) running.observer.verified(file);
        break;
      }
      case 'finished':
        this.#running.delete(message.id);
        if (this.#running.size === 0) this.#becomeIdle();
        running.finished.resolve(fromPlainOutcome(message.outcome));
        break;
    }
  }

  #becomeIdle(): void {
    const { clock, idleMs } = this.#options;
    this.#idle = clock.after(idleMs ?? defaultIdleMs, () => {
      this.#endWorker();
    });
  }

  #endWorker(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }

  #crashed(cause: unknown): void {
    const ended = [...this.#running.values()];
    this.#running.clear();
    const error = new AsrError(
      'unknown',
      sentence('The download stopped unexpectedly. What has arrived is kept: try again.'),
      { cause },
    );
    for (const { finished } of ended) finished.resolve({ kind: 'failed', error });
  }

  dispose(): void {
    this.#idle?.dispose();
    this.#endWorker();
    for (const { finished } of this.#running.values()) finished.resolve({ kind: 'paused' });
    this.#running.clear();
  }
}
