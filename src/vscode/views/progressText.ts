import { byteText } from '../../common/byteText';
import type { ModelDownloadProgress } from '../../protocol/downloadProgress';

/** Says a string in the person's language; the editor's is `translator()`. */
export interface Translate {
  (message: string, ...args: (string | number)[]): string;
  /** BCP 47; how figures are written. Default: English. */
  readonly language?: string;
}

/** Percent of the bytes that are here, 0 to 100; undefined while the total is unknown. */
export function percentOf({
  downloadedBytes,
  totalBytes,
}: ModelDownloadProgress): number | undefined {
  if (totalBytes === undefined) return undefined;
  return totalBytes === 0 ? 100 : Math.min(100, (downloadedBytes / totalBytes) * 100);
}

/** A whole percent for reading. Never 100 before the last byte is here. */
export function percentText(record: ModelDownloadProgress): string | undefined {
  const percent = percentOf(record);
  return percent === undefined ? undefined : `${Math.floor(percent)} %`;
}

/** `52 s left`, `3 min left`, `1 h 20 min left`. */
export function timeLeftText(seconds: number, t: Translate): string {
  if (seconds < 60) return t('{0} s left', Math.max(1, Math.round(seconds)));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t('{0} min left', minutes);
  return t('{0} h {1} min left', Math.floor(minutes / 60), minutes % 60);
}

/**
 * The record as one line: `26 % · 412 MB of 1.6 GB · 23 MB/s · 52 s left`, or what happens instead.
 * `nowMs` is milliseconds since 1970, for the countdown of a retry.
 */
export function progressText(record: ModelDownloadProgress, nowMs: number, t: Translate): string {
  return progressParts(record, nowMs, t).join(' · ');
}

/**
 * The same line for a notification, which is narrow: it breaks between its parts, never within a figure. What is a
 * sentence (why it waits, what failed) breaks like one.
 */
export function toastText(record: ModelDownloadProgress, nowMs: number, t: Translate): string {
  const lines = progressParts(record, nowMs, t).map((part) =>
    part.length > longestFigure ? part : part.replaceAll(' ', noBreak),
  );
  return lines.join(`${noBreak}· `);
}

const noBreak = '\u00a0';

/** Characters of the longest figure, "1,023 kB of 1,023 kB" or "in another window"; what is longer is a sentence. */
const longestFigure = 24;

function progressParts(record: ModelDownloadProgress, nowMs: number, t: Translate): string[] {
  return [...phaseParts(record, nowMs, t), ...queueParts(record, t), ...ownerParts(record, t)];
}

function phaseParts(record: ModelDownloadProgress, nowMs: number, t: Translate): string[] {
  switch (record.status) {
    case 'queued':
      return [t('Waiting for its turn')];
    case 'resolving':
      return [t('Asking the hub…')];
    case 'paused':
      return [t('Paused'), ...amountParts(record, t)];
    case 'completed':
      return [t('Downloaded')];
    case 'cancelled':
      return [t('Cancelled')];
    case 'error':
      return [record.errorMessage ?? t('Failed')];
    case 'verifying':
      return [t('Verifying…'), ...amountParts(record, t)];
    case 'downloading':
      return [...amountParts(record, t), ...flowParts(record, nowMs, t)];
  }
}

function amountParts(record: ModelDownloadProgress, t: Translate): string[] {
  const percent = percentText(record);
  if (record.totalBytes === undefined || percent === undefined) return [];
  return [
    percent,
    t(
      '{0} of {1}',
      byteText(record.downloadedBytes, t.language),
      byteText(record.totalBytes, t.language),
    ),
  ];
}

function flowParts(record: ModelDownloadProgress, nowMs: number, t: Translate): string[] {
  if (record.retryAt !== undefined) {
    const seconds = Math.max(0, Math.ceil((record.retryAt - nowMs) / 1000));
    return [t('Trying again in {0} s: {1}', seconds, record.retryReason ?? t('connection lost'))];
  }
  if (record.stalled) {
    return [t('No data for {0} s', Math.floor(record.secondsSinceLastByte ?? 3))];
  }
  const parts: string[] = [];
  if (record.bytesPerSecond !== undefined)
    parts.push(t('{0}/s', byteText(record.bytesPerSecond, t.language)));
  if (record.secondsRemaining !== undefined) parts.push(timeLeftText(record.secondsRemaining, t));
  return parts;
}

function ownerParts(record: ModelDownloadProgress, t: Translate): string[] {
  return record.inOtherWindow === true ? [t('in another window')] : [];
}

function queueParts(record: ModelDownloadProgress, t: Translate): string[] {
  return record.queuedBehind === undefined ? [] : [t('{0} waiting', record.queuedBehind)];
}
