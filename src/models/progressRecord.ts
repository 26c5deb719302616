import { toAsrError } from '../common/asrError';
import type { LocalizedMessage } from '../common/localizedMessage';
import type { TransferProgress } from '../download';
import { defined } from '../protocol/defined';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import { settledRecord } from '../protocol/downloadRecord';

/** Bytes and files that were there before the transfer began. */
interface PresentFiles {
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
}

/** A file that is still to come, and the bytes of it that an earlier turn left. */
interface MissingFile {
  readonly entry: { readonly path: string; readonly sizeBytes: number };
  readonly partialBytes: number;
}

/** The record once the model's files are known: those already there count as downloaded, and so do partial ones. */
export function plannedRecord(
  record: ModelDownloadProgress,
  present: PresentFiles['files'],
  missing: readonly MissingFile[],
): ModelDownloadProgress {
  const expected = missing.map(({ entry: { path, sizeBytes }, partialBytes }) => ({
    path,
    sizeBytes,
    downloadedBytes: Math.min(partialBytes, sizeBytes),
    verified: false,
  }));
  const partialBytes = expected.reduce((bytes, file) => bytes + file.downloadedBytes, 0);
  const sum = (files: PresentFiles['files']): number =>
    files.reduce((bytes, file) => bytes + file.sizeBytes, 0);
  return {
    ...settledRecord(record, 'downloading'),
    downloadedBytes: sum(present) + partialBytes,
    totalBytes: sum(present) + sum(expected),
    filesDone: present.length,
    filesTotal: present.length + missing.length,
    files: [
      ...present.map((file) => ({ ...file, downloadedBytes: file.sizeBytes, verified: true })),
      ...expected,
    ],
  };
}

/** The record while the engine moves the missing files, with those that were present counted in. */
export function transferRecord(
  record: ModelDownloadProgress,
  present: PresentFiles['files'],
  progress: TransferProgress,
  localise: (text: LocalizedMessage) => string,
): ModelDownloadProgress {
  const presentBytes = present.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const status = progress.phase === 'verifying' ? 'verifying' : 'downloading';
  const { bytesPerSecond, secondsRemaining, currentFile, secondsSinceLastByte, retry, source } =
    progress;
  return {
    ...settledRecord(record, status),
    downloadedBytes: presentBytes + progress.downloadedBytes,
    totalBytes: presentBytes + progress.totalBytes,
    filesDone: present.length + progress.filesDone,
    filesTotal: present.length + progress.files.length,
    files: [
      ...present.map((file) => ({ ...file, downloadedBytes: file.sizeBytes, verified: true })),
      ...progress.files,
    ],
    connections: progress.connections,
    ...defined({ bytesPerSecond, secondsRemaining, currentFile, sourceHost: source?.host }),
    ...(source?.isMirror === true ? { fromMirror: true } : {}),
    stalled: secondsSinceLastByte !== undefined && progress.phase === 'downloading',
    ...defined({ secondsSinceLastByte }),
    ...(retry === undefined
      ? {}
      : {
          attempt: retry.attempt,
          retryAt: retry.retryAt,
          retryReason: localise(retry.error.localizedMessage),
        }),
  };
}

/** The record of a download that failed. */
export function failedRecord(
  record: ModelDownloadProgress,
  error: unknown,
  localise: (text: LocalizedMessage) => string,
): ModelDownloadProgress {
  const failure = toAsrError(error);
  return {
    ...settledRecord(record, 'error'),
    errorCode: failure.code,
    errorMessage: localise(failure.localizedMessage),
  };
}

/** The record of a download that is whole. */
export function completedRecord(record: ModelDownloadProgress): ModelDownloadProgress {
  const files = record.files?.map((file) => ({
    ...file,
    downloadedBytes: file.sizeBytes,
    verified: true,
  }));
  return {
    ...settledRecord(record, 'completed'),
    downloadedBytes: record.totalBytes ?? record.downloadedBytes,
    filesDone: record.filesTotal ?? record.filesDone,
    ...defined({ files }),
  };
}
