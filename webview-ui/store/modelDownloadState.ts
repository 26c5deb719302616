import { defined } from '../../src/protocol/defined';
import {
  type DownloadStatus,
  isFinal,
  type ModelDownloadProgress,
} from '../../src/protocol/downloadProgress';
import { fractionOf } from '../../src/protocol/format';
import type {
  PanelCatalog,
  PanelDetails,
  PanelFailure,
  PanelHubResults,
  PanelSnapshot,
} from '../../src/protocol/panelSnapshot';
import { isAtWork } from '../../src/protocol/phase';

/**
 * The state of the page: the host's last snapshot and catalog, and the active download spelled out. The fields from
 * `isDownloading` on are the page's public contract: the project's specification names them. The components read
 * `snapshot` alone, so in this repository only tests read these fields.
 */
export interface ModelDownloadState {
  /** Absent until the host has answered once. */
  readonly snapshot?: PanelSnapshot;
  readonly catalog?: PanelCatalog;
  /** The rest of the facts of the model that was selected last. */
  readonly details?: { readonly modelId: string } & PanelDetails;
  /** The results of the last search of the hub. */
  readonly hubResults?: PanelHubResults;
  /** Why there is no snapshot. */
  readonly failure?: PanelFailure;
  /** The last answer to an action that is worth showing, until it is dismissed. */
  readonly answer?: { readonly message: string; readonly failed: boolean };
  /** A model that the host wants to be shown; `count` distinguishes two requests for the same model. */
  readonly shown?: { readonly modelId: string; readonly count: number };

  /** True while bytes are being asked for, moved or checked; false when paused, queued, ended or absent. */
  readonly isDownloading: boolean;
  /** 0 to 1; absent while unknown. */
  readonly downloadProgress?: number;
  readonly downloadedBytes: number;
  readonly totalBytes?: number;
  /** The file that bytes come for, else the model's name. */
  readonly modelFileName?: string;
  readonly status: DownloadStatus | 'idle';
  readonly bytesPerSecond?: number;
  readonly secondsRemaining?: number;
  readonly error?: PanelFailure;
}

/** Before the host has said anything. */
export const initialState: ModelDownloadState = {
  isDownloading: false,
  downloadedBytes: 0,
  status: 'idle',
};

/** The download that is meant when none is named: the one at work, else the first that has not ended. */
export function activeDownload(
  downloads: readonly ModelDownloadProgress[],
): ModelDownloadProgress | undefined {
  return (
    downloads.find(({ status }) => isAtWork(status)) ??
    downloads.find(({ status }) => status === 'paused') ??
    downloads.find(({ status }) => !isFinal(status)) ??
    downloads[0]
  );
}

/** The record that counts for a model: the one that has not ended, else the one that ended last. */
export function downloadOfModel(
  downloads: readonly ModelDownloadProgress[] | undefined,
  modelId: string,
): ModelDownloadProgress | undefined {
  const ofModel = downloads?.filter((download) => download.modelId === modelId) ?? [];
  return ofModel.find(({ status }) => !isFinal(status)) ?? ofModel.at(-1);
}

/** The fields of {@link ModelDownloadState} that describe one download. */
export function downloadFields(download: ModelDownloadProgress | undefined) {
  if (download === undefined)
    return { isDownloading: false, downloadedBytes: 0, status: 'idle' as const };
  const fraction = fractionOf(download);
  const { totalBytes, bytesPerSecond, secondsRemaining, errorCode, errorMessage } = download;
  return {
    isDownloading: isAtWork(download.status),
    downloadedBytes: download.downloadedBytes,
    status: download.status,
    modelFileName: download.currentFile ?? download.modelName,
    ...defined({ downloadProgress: fraction, totalBytes, bytesPerSecond, secondsRemaining }),
    ...(download.status === 'error'
      ? { error: { code: errorCode ?? ('unknown' as const), message: errorMessage ?? '' } }
      : {}),
  };
}
