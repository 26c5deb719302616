import { isByteCount, isObject, type JsonObject, parseJson } from '../common/json';
import {
  downloadStatuses,
  type FileProgress,
  type ModelDownloadProgress,
} from '../protocol/downloadProgress';
import { isErrorCode } from '../protocol/errorCode';

/** The text of the file in which the owner of a download tells the other windows of it. */
export function downloadStateText(record: ModelDownloadProgress): string {
  return JSON.stringify({ version: 1, record });
}

/** Reads a state file; undefined when the text is not one. Optional fields with a wrong value are left out. */
export function parseDownloadState(text: string): ModelDownloadProgress | undefined {
  const json = parseJson(text);
  if (!isObject(json) || json['version'] !== 1 || !isObject(json['record'])) return undefined;
  return readRecord(json['record']);
}

function readRecord(value: JsonObject): ModelDownloadProgress | undefined {
  const { downloadId, modelId, modelName, downloadedBytes, filesDone, files } = value;
  const status = downloadStatuses.find((one) => one === value['status']);
  if (status === undefined || !isName(downloadId) || !isName(modelId) || !isName(modelName)) {
    return undefined;
  }
  if (!isByteCount(downloadedBytes) || !isByteCount(filesDone)) return undefined;
  return {
    downloadId,
    modelId,
    modelName,
    status,
    downloadedBytes,
    filesDone,
    stalled: value['stalled'] === true,
    ...readOptional(value),
    ...(Array.isArray(files) ? { files: files.flatMap(readFile) } : {}),
  };
}

/** The check of each optional field. The compiler reports a field of the record that is missing here. */
const optionalFields = {
  totalBytes: isAmount,
  bytesPerSecond: isAmount,
  secondsRemaining: isAmount,
  filesTotal: isAmount,
  connections: isAmount,
  secondsSinceLastByte: isAmount,
  attempt: isAmount,
  retryAt: isAmount,
  queuedBehind: isAmount,
  currentFile: isText,
  sourceHost: isText,
  fromMirror: (value): value is true => value === true,
  retryReason: isText,
  errorMessage: isText,
  errorCode: isErrorCode,
} satisfies OptionalFields;

/** A guard for each optional field but `files`, and those which no owner writes. */
type OptionalFields = {
  readonly [
    Name in keyof ModelDownloadProgress as undefined extends ModelDownloadProgress[Name]
      ? Exclude<Name, 'files' | 'inOtherWindow' | 'isOwnerSilent'>
      : never
  ]-?: (value: unknown) => value is ModelDownloadProgress[Name];
};

function readOptional(value: JsonObject): Partial<ModelDownloadProgress> {
  return Object.fromEntries(
    Object.entries(optionalFields).flatMap(([name, isValid]) =>
      isValid(value[name]) ? [[name, value[name]]] : [],
    ),
  );
}

function readFile(value: unknown): FileProgress[] {
  if (!isObject(value)) return [];
  const { path, sizeBytes, downloadedBytes, verified } = value;
  if (!isText(path) || !isByteCount(sizeBytes) || !isByteCount(downloadedBytes)) return [];
  return [{ path, sizeBytes, downloadedBytes, verified: verified === true }];
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isName(value: unknown): value is string {
  return isText(value) && value !== '' && value.length < 2_000;
}
