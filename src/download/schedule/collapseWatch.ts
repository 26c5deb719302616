import type { Tuning } from '../tuning';
import type { Connection } from './connection';
import type { FileJob } from './fileJob';

/**
 * A connection below this share of its file's recent median speed has collapsed: users report connections to hubs that
 * fell from 9 MB/s to 6 kB/s in the middle of a file. Ollama drops a connection at the same share.
 */
const collapsedPart = 0.1;
/** Samples that a median needs, and how many windows back they count. */
const minSamples = 8;
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

/** What is known of a connection: its bytes at the last look, and at the beginning of the time it is judged over. */
interface Seen {
  inspectedMs: number;
  inspectedBytes: number;
  sinceMs: number;
  sinceBytes: number;
}

function median(samples: readonly Sample[]): number {
  const sorted = samples.map(({ bytesPerMs }) => bytesPerMs).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * Finds connections whose speed collapses well under their file's own recent median, not only silent ones, and cuts
 * them to be replaced. What is usual is measured at every look, because a healthy connection rarely lives as long as it
 * takes to judge one. One is cut at a time, with a rest between that doubles while they keep collapsing: on a line that
 * is simply slow there is no storm, and its median soon is the slow one.
 */
export class CollapseWatch {
  readonly #tuning: Pick<Tuning, 'collapseWindowMs' | 'collapseRestMs'>;
  readonly #files = new WeakMap<FileJob, FileHistory>();
  #seen = new WeakMap<Connection, Seen>();

  constructor(tuning: Pick<Tuning, 'collapseWindowMs' | 'collapseRestMs'>) {
    this.#tuning = tuning;
  }

  inspect(active: ReadonlySet<Connection>, nowMs: number): void {
    for (const connection of active) {
      if (connection.isFlowing) this.#inspect(connection, nowMs);
    }
  }

  /** Something else than the line (a cap) has the word: the time until the next look is nobody's fault. */
  pause(): void {
    this.#seen = new WeakMap();
  }

  #inspect(connection: Connection, nowMs: number): void {
    const { receivedBytes } = connection;
    const seen = this.#seen.get(connection);
    if (seen === undefined) {
      this.#seen.set(connection, {
        inspectedMs: nowMs,
        inspectedBytes: receivedBytes,
        sinceMs: nowMs,
        sinceBytes: receivedBytes,
      });
      return;
    }
    const elapsedMs = nowMs - seen.inspectedMs;
    if (elapsedMs <= 0) return;
    const history = this.#historyOf(connection.job, nowMs);
    const windowMs = nowMs - seen.sinceMs;
    if (windowMs >= this.#tuning.collapseWindowMs) {
      this.#judge(connection, history, (receivedBytes - seen.sinceBytes) / windowMs, nowMs);
      seen.sinceMs = nowMs;
      seen.sinceBytes = receivedBytes;
    }
    const bytesPerMs = (receivedBytes - seen.inspectedBytes) / elapsedMs;
    history.samples.push({ atMs: nowMs, bytesPerMs });
    seen.inspectedMs = nowMs;
    seen.inspectedBytes = receivedBytes;
  }

  #judge(connection: Connection, history: FileHistory, bytesPerMs: number, nowMs: number): void {
    if (nowMs < history.restUntilMs || history.samples.length < minSamples) return;
    if (bytesPerMs >= median(history.samples) * collapsedPart) return;
    const { collapseRestMs } = this.#tuning;
    // It was quiet for longer than it had to be: the last cut helped.
    if (nowMs - history.restUntilMs > history.restMs) history.restMs = collapseRestMs;
    history.restUntilMs = nowMs + history.restMs;
    history.restMs = Math.min(history.restMs * 2, collapseRestMs * longestRestFactor);
    connection.cut('replaced');
  }

  #historyOf(job: FileJob, nowMs: number): FileHistory {
    let history = this.#files.get(job);
    if (history === undefined) {
      history = { samples: [], restUntilMs: 0, restMs: this.#tuning.collapseRestMs };
      this.#files.set(job, history);
    }
    const oldestMs = nowMs - historyWindows * this.#tuning.collapseWindowMs;
    const kept = history.samples.findIndex(({ atMs }) => atMs >= oldestMs);
    history.samples.splice(0, kept === -1 ? history.samples.length : kept);
    return history;
  }
}
