import { randomUUID } from 'node:crypto';
import { isObject, parseJson } from '../common/json';
import { downloadWishes, type DownloadWish } from './sharedDownloads';

/** The name of a wish for the owner of the download that `key` stands for; no two wishes share one. */
export function wishNoteName(key: string): string {
  return `${key}.${randomUUID()}.wish`;
}

/** Whose download a note's name is a wish for; undefined when it is no wish. */
export function keyOfWish(name: string): string | undefined {
  return /^([0-9a-f]{24})\.[0-9a-f-]{36}\.wish$/.exec(name)?.[1];
}

export function wishText(downloadId: string, wish: DownloadWish): string {
  return JSON.stringify({ version: 1, downloadId, wish });
}

/** Reads a wish for the download of that id; undefined when it is none, or one for an earlier download. */
export function parseWish(text: string, downloadId: string): DownloadWish | undefined {
  const json = parseJson(text);
  if (!isObject(json) || json['downloadId'] !== downloadId) return undefined;
  return downloadWishes.find((wish) => wish === json['wish']);
}
