import type { Connection } from './connection';
import type { FileJob } from './fileJob';
import type { Tuning } from './tuning';

/** A connection below this part of its file's recent median has collapsed (field.md 2: Ollama takes 10 % too). */
const collapsedPart = 0.1;
/** A new connection that reaches this part of the median was worth it. */
const recoveredPart = 0.5;
/** Samples that a median needs, and how many windows back they count. */
const minSamples = 4;
const historyWindows = 8;
const longestRestFactor = 32;

interface Sample {
  readonly atMs: number;
  readonly bytesPerMs: number;
}

interface FileHistory {
  samples: Sample[];
  /** No connection of the file is cut before this time. */
  restUntilMs: number;
  restMs: number;
}

interface Window {
  sinceMs: number;
  bytes: number;
}

function median(samples: readonly Sample[]): number {
  const sorted = samples.map(({ bytesPerMs }) => bytesPerMs).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * Finds connections whose speed collapses well under their file's own recent median, not only silent ones, and cuts
 * them to be replaced. One at a time, with a rest between that doubles while the new one is no faster: on a line that
 * is simply slow there is no storm, and its median soon is the slow one.
 */
export class CollapseWatch {
  readonly #tuning: Pick<Tuning, 'collapseWindowMs' | 'collapseRestMs'>;
  readonly #files = new WeakMap<FileJob, FileHistory>();
  readonly #windows = new WeakMap<Connection, Window>();

  constructor(tuning: Pick<Tuning, 'collapseWindowMs' | 'collapseRestMs'>) {
    this.#tuning = tuning;
  }

  look(active: ReadonlySet<Connection>, nowMs: number): void {
    for (const connection of active) {
      if (connection.isFlowing) this.#measure(connection, nowMs);
    }
  }

  #measure(connection: Connection, nowMs: number): void {
    const { collapseWindowMs } = this.#tuning;
    const window = this.#windows.get(connection);
    if (window === undefined) {
      this.#windows.set(connection, { sinceMs: nowMs, bytes: connection.receivedBytes });
      return;
    }
    const elapsedMs = nowMs - window.sinceMs;
    if (elapsedMs < collapseWindowMs) return;
    const bytesPerMs = (connection.receivedBytes - window.bytes) / elapsedMs;
    window.sinceMs = nowMs;
    window.bytes = connection.receivedBytes;
    this.#judge(connection, bytesPerMs, nowMs);
  }

  #judge(connection: Connection, bytesPerMs: number, nowMs: number): void {
    const history = this.#historyOf(connection.job);
    const oldestMs = nowMs - historyWindows * this.#tuning.collapseWindowMs;
    history.samples = history.samples.filter(({ atMs }) => atMs >= oldestMs);
    const usual = median(history.samples);
    const known = history.samples.length >= minSamples;
    history.samples.push({ atMs: nowMs, bytesPerMs });
    if (!known) return;
    if (bytesPerMs >= usual * recoveredPart) history.restMs = this.#tuning.collapseRestMs;
    if (bytesPerMs >= usual * collapsedPart || nowMs < history.restUntilMs) return;
    history.restUntilMs = nowMs + history.restMs;
    history.restMs = Math.min(history.restMs * 2, this.#tuning.collapseRestMs * longestRestFactor);
    connection.cut('replaced');
  }

  #historyOf(job: FileJob): FileHistory {
    let history = this.#files.get(job);
    if (history === undefined) {
      history = { samples: [], restUntilMs: 0, restMs: this.#tuning.collapseRestMs };
      this.#files.set(job, history);
    }
    return history;
  }
}
