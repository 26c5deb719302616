import type { ModelDownloadProgress } from './downloadProgress';
import { createFigures } from './format';
import { downloadStrings, phaseOf, progressParts, quarterOf } from './phase';

/** Says a string in the person's language; the editor's is `translator()`. */
export interface Translate {
  (message: string, ...args: (string | number)[]): string;
  /** BCP 47; how figures are written. Default: English. */
  readonly language?: string;
}

/**
 * The record as one line: `26 % · 412 MB of 1.6 GB · 23.0 MB/s · 52 s left`, or what happens instead.
 * `nowMs` is milliseconds since 1970, for the countdown of a retry.
 */
export function progressText(record: ModelDownloadProgress, nowMs: number, t: Translate): string {
  return lineParts(record, nowMs, t).join(' · ');
}

/**
 * The same line for a notification, which is narrow: it breaks between its parts, never within a figure. A sentence
 * (the reason of a wait, an error message) breaks like one.
 */
export function toastText(record: ModelDownloadProgress, nowMs: number, t: Translate): string {
  const parts = lineParts(record, nowMs, t).map((part) =>
    part.length > longestFigure ? part : part.replaceAll(' ', noBreak),
  );
  return parts.join(`${noBreak}· `);
}

const noBreak = '\u00a0';

/** Characters of the longest figure, "1,023 kB of 1,023 kB" or "in another window"; longer texts are sentences. */
const longestFigure = 24;

/** Toast, tree and status bar have a title or an icon for "Downloading", so this word is left out of their line. */
function lineParts(record: ModelDownloadProgress, nowMs: number, t: Translate): string[] {
  const strings = downloadStrings({ t });
  const parts = progressParts(record, nowMs, strings, createFigures(t.language, strings));
  const shown = phaseOf(record) === 'downloading' ? parts.slice(1) : parts;
  return shown.map(({ text }) => text);
}

/**
 * The step of a download that a screen reader should announce: the start, each 25 %, each phase, and when it waits or
 * stands still. More would interrupt the user all the time.
 */
export function spokenStep(record: ModelDownloadProgress): string {
  const trouble =
    record.retryAt === undefined ? String(record.stalled) : `retry ${String(record.attempt)}`;
  return [record.status, quarterOf(record), trouble, record.queuedBehind ?? 0].join(' ');
}
