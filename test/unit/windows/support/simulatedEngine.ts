import * as fs from 'node:fs/promises';
import type { Clock } from '../../../../src/common/clock';
import { deferred } from '../../../../src/common/deferred';
import type { Disposable } from '../../../../src/common/disposable';
import { isObject, parseJson } from '../../../../src/common/json';
import type {
  DownloadEngine,
  FileToFetch,
  Transfer,
  TransferObserver,
  TransferOutcome,
  TransferRequest,
} from '../../../../src/download';

/** How much comes at once, and how long it takes. */
const chunkBytes = 1_000;
const chunkMs = 500;

/** The source that all engines of a simulation fetch from, and where they report each fetch. */
export interface SimulatedSource {
  contentOf(sha256: string): Buffer;
  /** An engine is about to fetch a part of a file that the disk does not have. */
  onFetch(engine: SimulatedEngine, file: FileToFetch, chunk: number): void;
}

/** Fetches files in small parts on a clock, into real partial files with real journals. */
export class SimulatedEngine implements DownloadEngine {
  readonly #source: SimulatedSource;
  readonly #clock: Clock;
  #running = 0;

  constructor(source: SimulatedSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Transfers that run now. */
  get running(): number {
    return this.#running;
  }

  start(request: TransferRequest, observer: TransferObserver): Transfer {
    const finished = deferred<TransferOutcome>();
    let end: TransferOutcome['kind'] | undefined;
    let next: Disposable | undefined;
    let wake = (): void => undefined;
    const tick = async (): Promise<void> => {
      await new Promise<void>((resolve) => {
        wake = resolve;
        next = this.#clock.after(chunkMs, resolve);
      });
    };
    const work = async (): Promise<TransferOutcome> => {
      for (const file of request.files) {
        for (let chunk = await fetched(file); chunk * chunkBytes < file.sizeBytes; chunk++) {
          await tick();
          if (end === 'paused' || end === 'cancelled') return { kind: end };
          await this.#fetch(file, chunk);
          observer.progress({
            phase: 'downloading',
            downloadedBytes: 0,
            totalBytes: 0,
            bytesPerSecond: chunkBytes * 2,
            filesDone: 0,
            files: [],
            connections: 1,
          });
        }
        observer.verified(file);
      }
      return { kind: 'completed' };
    };
    const stop = (kind: 'paused' | 'cancelled'): void => {
      end ??= kind;
      next?.dispose();
      wake();
    };
    this.#running++;
    void work()
      .then(finished.resolve, finished.reject)
      .finally(() => this.#running--);
    return {
      finished: finished.promise,
      pause: () => stop('paused'),
      cancel: () => stop('cancelled'),
      abandon: () => stop('paused'),
      setMaxBytesPerSecond: () => undefined,
    };
  }

  async #fetch(file: FileToFetch, chunk: number): Promise<void> {
    this.#source.onFetch(this, file, chunk);
    const bytes = this.#source
      .contentOf(file.digest.hex)
      .subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes);
    const handle = await fs.open(file.partialPath, chunk === 0 ? 'w' : 'r+');
    try {
      await handle.write(bytes, 0, bytes.length, chunk * chunkBytes);
    } finally {
      await handle.close();
    }
    const downloadedBytes = Math.min(file.sizeBytes, (chunk + 1) * chunkBytes);
    await fs.writeFile(
      file.journalPath,
      JSON.stringify({ sizeBytes: file.sizeBytes, downloadedBytes }),
    );
  }

  setMaxBytesPerSecond(): void {
    // The line of a simulation has one speed.
  }

  dispose(): void {
    // Its transfers end with its clock.
  }
}

/** How many parts the disk has. */
async function fetched({ journalPath, partialPath }: FileToFetch): Promise<number> {
  const text = await fs.readFile(journalPath, 'utf8').catch(() => '');
  const isThere = await fs.stat(partialPath).then(
    () => true,
    () => false,
  );
  const json = parseJson(text);
  const bytes = isThere && isObject(json) ? Number(json['downloadedBytes']) : 0;
  return Math.ceil(bytes / chunkBytes);
}
