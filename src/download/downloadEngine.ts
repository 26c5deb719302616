import type { AsrError } from '../common/asrError';
import type { Digest } from '../common/digest';
import type { Disposable } from '../common/disposable';
import type { NetworkSettings, PlainError } from '../http';

/** One place that a file's bytes can be asked for. Redirects from it are followed by hand. */
export interface FileSource {
  readonly url: string;
  /** Sent only to the origin of `url`, over https or to loopback, never to another origin it redirects to. */
  readonly token?: string;
  /** Not where the model comes from, but a copy of it elsewhere; for reports. */
  readonly isMirror?: boolean;
}

/** A file to fetch. Its partial and journal are ours to write; nothing else is. */
export interface FileToFetch {
  /** How progress names it. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  readonly partialPath: string;
  readonly journalPath: string;
  /** Tried in order; at least one. */
  readonly sources: readonly FileSource[];
}

/** The rules of a transfer. Their defaults are those of the extension's `asr.download` settings. */
export interface TransferSettings {
  readonly maxConnections: number;
  readonly stallTimeoutMs: number;
  readonly maxRetries: number;
  /** 0: no cap. */
  readonly maxBytesPerSecond: number;
}

export interface TransferRequest {
  readonly files: readonly FileToFetch[];
  readonly settings: TransferSettings;
  readonly network: NetworkSettings;
  readonly userAgent: string;
  /** Bytes that downloads waiting in the queue will need on the same disk; counted before the first byte. */
  readonly queuedBytes?: number;
}

/**
 * The progress of a transfer, reported at most four times a second, as plain data that can cross threads. Bytes of earlier
 * runs are included.
 */
export interface TransferProgress {
  readonly phase: 'downloading' | 'verifying' | 'waiting';
  readonly downloadedBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond?: number;
  readonly secondsRemaining?: number;
  readonly filesDone: number;
  readonly currentFile?: string;
  /** Where the bytes of that file are asked for: the source's host, not that of the content network behind it. */
  readonly source?: { readonly host: string; readonly isMirror: boolean };
  readonly files: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly downloadedBytes: number;
    readonly verified: boolean;
  }[];
  readonly connections: number;
  /** Set once no byte has come for 3 s. */
  readonly secondsSinceLastByte?: number;
  /** While waiting to try again. `retryAt` in milliseconds since 1970. */
  readonly retry?: {
    readonly attempt: number;
    readonly retryAt: number;
    readonly error: PlainError;
  };
  /** A file that had to start over, and why: the one reason for `downloadedBytes` to go back. */
  readonly startedOver?: { readonly path: string; readonly error: PlainError };
}

export interface TransferObserver {
  progress(progress: TransferProgress): void;
  /** The file's partial holds exactly the right bytes, flushed to the disk; it may be renamed away from now on. */
  verified(file: FileToFetch): void;
}

/** How a transfer ended. `paused` and `failed` keep the partials and journals; `cancelled` removed them. */
export type TransferOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: AsrError; readonly file?: string };

/** A running transfer. */
export interface Transfer {
  /** Never rejects. Settles once every socket and file handle is closed. */
  readonly finished: Promise<TransferOutcome>;
  /** Keeps what is there and frees the sockets. */
  pause(): void;
  /** Closes the sockets within 200 ms and removes partials and journals of files not yet verified. */
  cancel(): void;
  /** Ends as paused without another write or removal: the files are another process's now. */
  abandon(): void;
  setMaxBytesPerSecond(bytesPerSecond: number): void;
}

/** The downloader. Starts its worker with the first transfer and ends it when idle. */
export interface DownloadEngine extends Disposable {
  start(request: TransferRequest, observer: TransferObserver): Transfer;
  /** Caps every transfer that runs now, at once; 0: no cap. Later ones come with their own. */
  setMaxBytesPerSecond(bytesPerSecond: number): void;
}
