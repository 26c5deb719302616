import prettyBytes from 'pretty-bytes';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { fill } from './fill';

/** Writes figures as the reader's language does: "1.6 GB" is "1,6 GB" in German. */
export interface Figures {
  /** A byte count in decimal units with a steady number of digits: "1.6 GB", "412 MB". */
  readonly bytes: (bytes: number) => string;
  /** A speed without "/s": one digit behind the point from a megabyte on, so that a change is seen. */
  readonly speed: (bytesPerSecond: number) => string;
  /** A duration in its two largest units: "9 s", "2 min 05 s", "3 h 07 min". Rounded up: never "0 s". */
  readonly duration: (seconds: number) => string;
  /** A number with at most so many digits behind the point: "7.94". */
  readonly number: (value: number, maximumDigits: number) => string;
  /** A moment (milliseconds since 1970) as a date: "22 Nov 2026". */
  readonly date: (ms: number) => string;
}

type DurationStrings = Pick<
  PanelStrings,
  'durationSeconds' | 'durationMinutes' | 'durationHours' | 'durationDays'
>;

/** `language` is the editor's language tag; one that is none leads to English. */
export function createFigures(language: string | undefined, strings: DurationStrings): Figures {
  const locale = localeOf(language);
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const scaled = (bytes: number, digits: number): string =>
    prettyBytes(bytes, { locale, minimumFractionDigits: digits, maximumFractionDigits: digits });
  return {
    bytes(bytes) {
      const stepBytes =
        bytes >= 999_500_000 ? 1e8 : bytes >= 999_500 ? 1e6 : bytes >= 1e3 ? 1e3 : 1;
      // The library cuts digits off; a person expects them to be rounded, here as in the rest of the editor.
      return scaled(Math.round(bytes / stepBytes) * stepBytes, stepBytes === 1e8 ? 1 : 0);
    },
    speed: (bytesPerSecond) => scaled(bytesPerSecond, bytesPerSecond >= 1e6 ? 1 : 0),
    duration: (seconds) => durationText(seconds, strings),
    number: (value, maximumFractionDigits) =>
      new Intl.NumberFormat(locale, { maximumFractionDigits }).format(value),
    date: (ms) => dates.format(ms),
  };
}

function durationText(seconds: number, strings: DurationStrings): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return fill(strings.durationSeconds, whole);
  if (whole < 3600) {
    return fill(strings.durationMinutes, Math.floor(whole / 60), twoDigits(whole % 60));
  }
  const minutes = Math.floor(whole / 60);
  if (minutes < 24 * 60) {
    return fill(strings.durationHours, Math.floor(minutes / 60), twoDigits(minutes % 60));
  }
  const hours = Math.floor(minutes / 60);
  return fill(strings.durationDays, Math.floor(hours / 24), hours % 24);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function localeOf(language: string | undefined): string {
  try {
    return Intl.getCanonicalLocales(language ?? [])[0] ?? 'en';
  } catch {
    return 'en';
  }
}

/** A fraction as a whole percentage that says 100 only when all of it is there. */
export function percentOf(fraction: number): number {
  return Math.min(fraction >= 1 ? 100 : 99, Math.max(0, Math.floor(fraction * 100)));
}
