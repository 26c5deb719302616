import type { ErrorCode } from './errorCode';

/** The states of a download, in the order they usually come. */
export const downloadStatuses = [
  'queued',
  'resolving',
  'downloading',
  'verifying',
  'paused',
  'completed',
  'cancelled',
  'error',
] as const;

export type DownloadStatus = (typeof downloadStatuses)[number];

/**
 * The one record of a download: what the toast, the tree, the status bar, the panel and the API all show.
 * Immutable; a newer one replaces it. A field that is not known is absent, never 0 or a guess.
 */
export interface ModelDownloadProgress {
  /** Unique for this run of this download. */
  readonly downloadId: string;
  /** A catalog id, or `hf:org/name[@revision][#pattern,pattern]`. */
  readonly modelId: string;
  readonly modelName: string;
  readonly status: DownloadStatus;
  /** Whole bytes of the model that are here, reused and resumed ones included. */
  readonly downloadedBytes: number;
  /** Whole bytes of the model; absent until the hub has answered. */
  readonly totalBytes?: number;
  /** Smoothed; absent until known and while nothing arrives. */
  readonly bytesPerSecond?: number;
  readonly secondsRemaining?: number;
  readonly filesDone: number;
  readonly filesTotal?: number;
  /** The file that bytes came for last, as a path inside the repository. */
  readonly currentFile?: string;
  /** The host that its bytes are asked for at, and whether that is a mirror of the hub. */
  readonly sourceHost?: string;
  readonly fromMirror?: true;
  /** Each file of the model with its own bytes, once the list is known. */
  readonly files?: readonly FileProgress[];
  /** Sockets that carry bytes right now. */
  readonly connections?: number;
  /** True when no byte has come for 3 s while downloading. */
  readonly stalled: boolean;
  /** While stalled: whole seconds since the last byte. */
  readonly secondsSinceLastByte?: number;
  /** While waiting to try again: which attempt comes next (from 2), and when (milliseconds since 1970). */
  readonly attempt?: number;
  readonly retryAt?: number;
  /** While waiting: why, in the person's language ("rate limit"). */
  readonly retryReason?: string;
  /** How many downloads wait behind this one. */
  readonly queuedBehind?: number;
  /** Another window does it; this one shows it, and can cancel, pause and resume it. */
  readonly inOtherWindow?: true;
  /** That window has given no sign of life for a while: it may be gone, and its download can be taken over. */
  readonly isOwnerSilent?: true;
  readonly errorCode?: ErrorCode;
  /** A message for a person, in their language. */
  readonly errorMessage?: string;
}

/** One file's part of a {@link ModelDownloadProgress}. */
export interface FileProgress {
  readonly path: string;
  readonly sizeBytes: number;
  readonly downloadedBytes: number;
  readonly verified: boolean;
}

/** Whether a download in this state has ended and will not change again. */
export function isFinal(status: DownloadStatus): boolean {
  return status === 'completed' || status === 'cancelled' || status === 'error';
}
