import { isByteCount, isObject, parseJson } from '../common/json';
import {
  downloadStatuses,
  type FileProgress,
  type ModelDownloadProgress,
} from '../protocol/downloadProgress';
import { isErrorCode } from '../protocol/errorCode';

/** What the owner of a download tells the other windows. */
export interface DownloadStateFile {
  /** The cache that it downloads into. */
  readonly hubRoot: string;
  readonly record: ModelDownloadProgress;
}

/** The note as a text. */
export function downloadStateText(note: DownloadStateFile): string {
  return JSON.stringify({ version: 1, ...note });
}

/** Reads a note; undefined when it is not one. Fields that can't be right are left out, as if they were not known. */
export function parseDownloadState(text: string): DownloadStateFile | undefined {
  const json = parseJson(text);
  if (!isObject(json) || json['version'] !== 1 || typeof json['hubRoot'] !== 'string') {
    return undefined;
  }
  const record = readRecord(json['record']);
  return record === undefined ? undefined : { hubRoot: json['hubRoot'], record };
}

function readRecord(value: unknown): ModelDownloadProgress | undefined {
  if (!isObject(value)) return undefined;
  const { downloadId, modelId, modelName, downloadedBytes, filesDone } = value;
  const status = downloadStatuses.find((one) => one === value['status']);
  if (status === undefined || !isName(downloadId) || !isName(modelId) || !isName(modelName)) {
    return undefined;
  }
  if (!isByteCount(downloadedBytes) || !isByteCount(filesDone)) return undefined;
  const { errorCode, files } = value;
  return {
    downloadId,
    modelId,
    modelName,
    status,
    downloadedBytes,
    filesDone,
    stalled: value['stalled'] === true,
    ...counts(value),
    ...texts(value),
    ...(Array.isArray(files) ? { files: files.flatMap(readFile) } : {}),
    ...(isErrorCode(errorCode) ? { errorCode } : {}),
  };
}

/** Names of the optional fields of a record that have such a type; the compiler misses none. */
type FieldsOf<Type> = {
  [Name in keyof ModelDownloadProgress]-?: ModelDownloadProgress[Name] extends Type | undefined
    ? undefined extends ModelDownloadProgress[Name]
      ? Name
      : never
    : never;
}[keyof ModelDownloadProgress];

const countNames = {
  totalBytes: true,
  bytesPerSecond: true,
  secondsRemaining: true,
  filesTotal: true,
  connections: true,
  secondsSinceLastByte: true,
  attempt: true,
  retryAt: true,
  queuedBehind: true,
} satisfies Record<FieldsOf<number>, true>;

function counts(value: Readonly<Record<string, unknown>>): Partial<ModelDownloadProgress> {
  return Object.fromEntries(
    Object.keys(countNames).flatMap((name) => {
      const count = value[name];
      return typeof count === 'number' && Number.isFinite(count) && count >= 0
        ? [[name, count]]
        : [];
    }),
  );
}

const textNames = {
  currentFile: true,
  retryReason: true,
  errorMessage: true,
} satisfies Record<Exclude<FieldsOf<string>, 'errorCode'>, true>;

function texts(value: Readonly<Record<string, unknown>>): Partial<ModelDownloadProgress> {
  return Object.fromEntries(
    Object.keys(textNames).flatMap((name) => {
      const text = value[name];
      return typeof text === 'string' ? [[name, text]] : [];
    }),
  );
}

function readFile(value: unknown): FileProgress[] {
  if (!isObject(value)) return [];
  const { path, sizeBytes, downloadedBytes, verified } = value;
  if (typeof path !== 'string' || !isByteCount(sizeBytes) || !isByteCount(downloadedBytes)) {
    return [];
  }
  return [{ path, sizeBytes, downloadedBytes, verified: verified === true }];
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length < 2_000;
}
