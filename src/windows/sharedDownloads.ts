import type { Lock } from '../cache';
import type { Disposable } from '../common/disposable';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';

/** The requests of one window to the owner of a download. */
export const downloadRequests = ['cancel', 'pause', 'resume'] as const;

export type DownloadRequest = (typeof downloadRequests)[number];

/** The newest state that a download's owner has published. */
export interface SharedDownload {
  readonly record: ModelDownloadProgress;
  /** Whether a running window owns it. */
  readonly isOwned: boolean;
  /**
   * Whether the owner has written it within the last seconds, as far as this window knows: figures of an older record
   * are outdated.
   */
  readonly isFresh: boolean;
}

/** The findings of one poll about the other windows. */
export interface SharedState {
  /** Downloads of other windows into the same cache, those that ended a moment ago included. */
  readonly downloads: readonly SharedDownload[];
  /** Requests for this window's own downloads. Each is returned once. */
  readonly requests: readonly { readonly modelId: string; readonly request: DownloadRequest }[];
  /** Differs from the poll before when another window has changed the contents of the cache. */
  readonly changeStamp: string;
  /** There are files of other windows that will have to be removed if they do not change any more. */
  readonly isExpiring: boolean;
}

/** This window's ownership of the download of one model, from the queue to its end. */
export interface DownloadLease {
  /** Publishes a record for the other windows: a new status at once, figures twice a second. Never rejects. */
  publish(record: ModelDownloadProgress): void;
  /** Ends the ownership. A final record stays readable for a while; any other is removed. Never rejects. */
  release(): Promise<void>;
}

/**
 * The state that the windows on one state folder share about their downloads. A download has one owner, which holds a
 * lock for as long as it is queued, running or paused; the lock says whether the owner still runs.
 */
export interface SharedDownloads {
  /** Takes the ownership, or returns the id of the download that another running window owns, without waiting. */
  claim(
    modelId: string,
    downloadId: string,
  ): Promise<{ readonly claim: DownloadLease } | { readonly ownedAs: string }>;
  /** The same, taken away from the window that has it. For a person to decide: that window may live. */
  takeOver(modelId: string, downloadId: string): ReturnType<SharedDownloads['claim']>;
  /** Whether a running window owns the download of a model. */
  isOwned(modelId: string): Promise<boolean>;
  poll(): Promise<SharedState>;
  /** Writes a request for the owner. It is valid for the download of that id only, not for a later one of the model. */
  sendRequest(modelId: string, downloadId: string, request: DownloadRequest): Promise<void>;
  /** Removes the state file of an owner that no longer runs, unless the download has a new owner. */
  removeAbandoned(modelId: string): Promise<void>;
  /** The right to ask a person about a model's unfinished download; undefined while another window has it. */
  claimOffer(modelId: string): Promise<Lock | undefined>;
  /** Informs the other windows that the contents of the cache have changed. */
  announceChange(): Promise<void>;
  /** Calls back soon after another window wrote something. Uses no timer while nothing happens. */
  watch(onChange: () => void): Disposable;
}
