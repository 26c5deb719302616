import type { Lock } from '../cache';
import type { Disposable } from '../common/disposable';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';

/** What one window can ask of the one that owns a download. */
export const downloadRequests = ['cancel', 'pause', 'resume'] as const;

export type DownloadRequest = (typeof downloadRequests)[number];

/** A download as its owner told of it last. */
export interface SharedDownload {
  readonly record: ModelDownloadProgress;
  /** Whether a living window owns it (now). */
  readonly isOwned: boolean;
}

/** What the windows have left for each other, as one look found it. */
export interface SharedState {
  /** Downloads of other windows into the same cache, those that ended a moment ago included. */
  readonly downloads: readonly SharedDownload[];
  /** What others ask of this window's own downloads; asked once, told once. */
  readonly requests: readonly { readonly modelId: string; readonly request: DownloadRequest }[];
  /** Differs from the look before when another window has changed what is in the cache. */
  readonly changeStamp: string;
}

/** This window's ownership of the download of one model, from the queue to its end. */
export interface DownloadLease {
  /** Tells the other windows: a new state at once, figures twice a second. Never rejects. */
  publish(record: ModelDownloadProgress): void;
  /** Lets go: the last record stays for a moment when it is final, else nothing is left. Never rejects. */
  release(): Promise<void>;
}

/**
 * What the windows on one state folder know of each other's downloads. A download has one owner, which holds a lock
 * for as long as it is queued, running or paused; the lock's rule says whether the owner still lives.
 */
export interface SharedDownloads {
  /** Becomes the owner, or says the id of the download that another living window owns. Never waits for that window. */
  claim(
    modelId: string,
    downloadId: string,
  ): Promise<{ readonly claim: DownloadLease } | { readonly ownedAs: string }>;
  /** Whether a living window owns the download of a model. */
  isOwned(modelId: string): Promise<boolean>;
  poll(): Promise<SharedState>;
  /** Leaves a wish for the owner. It holds for the one download of that id, not for a later one of the same model. */
  sendRequest(modelId: string, downloadId: string, wish: DownloadRequest): Promise<void>;
  /** Removes what a dead owner left, unless somebody owns it again. */
  removeAbandoned(modelId: string): Promise<void>;
  /** The right to ask a person about a model's unfinished download; undefined while another window has it. */
  claimOffer(modelId: string): Promise<Lock | undefined>;
  /** Tells the other windows that what is in the cache has changed. */
  announceChange(): Promise<void>;
  /** Calls back soon after another window told something. Without a timer while nothing happens. */
  watch(onChange: () => void): Disposable;
}
