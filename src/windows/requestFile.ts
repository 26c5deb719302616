import { randomUUID } from 'node:crypto';
import { isObject, parseJson } from '../common/json';
import { downloadRequests, type DownloadRequest } from './sharedDownloads';

/** The name of a wish for the owner of the download that `key` stands for; no two wishes share one. */
export function requestFileName(key: string): string {
  return `${key}.${randomUUID()}.wish`;
}

/** Whose download a note's name is a wish for; undefined when it is no wish. */
export function keyOfRequest(name: string): string | undefined {
  return /^([0-9a-f]{24})\.[0-9a-f-]{36}\.wish$/.exec(name)?.[1];
}

export function requestText(downloadId: string, wish: DownloadRequest): string {
  return JSON.stringify({ version: 1, downloadId, wish });
}

/** Reads a wish for the download of that id; undefined when it is none, or one for an earlier download. */
export function parseRequest(text: string, downloadId: string): DownloadRequest | undefined {
  const json = parseJson(text);
  if (!isObject(json) || json['downloadId'] !== downloadId) return undefined;
  return downloadRequests.find((wish) => wish === json['wish']);
}
