import prettyBytes from 'pretty-bytes';

/**
 * A byte count as a person reads it: "1.6 GB", "412 MB"; decimal units, as disks and model pages count. `language` is a
 * BCP 47 tag and decides the decimal separator: "1,6 GB" in German.
 */
export function byteText(bytes: number, language = 'en'): string {
  const stepBytes = bytes >= 999_500_000 ? 1e8 : bytes >= 999_500 ? 1e6 : bytes >= 1e3 ? 1e3 : 1;
  return prettyBytes(rounded(bytes, stepBytes), {
    locale: language,
    maximumFractionDigits: stepBytes === 1e8 ? 1 : 0,
  });
}

/** A speed without "/s": one digit behind the point from a megabyte on, so that a change is visible. */
function speedText(bytesPerSecond: number, language: string): string {
  const digits = bytesPerSecond >= 999_500 ? 1 : 0;
  const stepBytes = bytesPerSecond >= 999_950_000 ? 1e8 : digits === 1 ? 1e5 : 1e3;
  return prettyBytes(rounded(bytesPerSecond, bytesPerSecond < 1e3 ? 1 : stepBytes), {
    locale: language,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** The library truncates digits; people expect rounding. */
function rounded(value: number, step: number): number {
  return Math.round(value / step) * step;
}

/** The downloaded part of a record or a file, 0 to 1; undefined while the total is unknown. Zero bytes are complete. */
export function fractionOf(bytes: {
  readonly downloadedBytes: number;
  readonly totalBytes?: number;
}): number | undefined {
  const { downloadedBytes, totalBytes } = bytes;
  if (totalBytes === undefined) return undefined;
  return totalBytes === 0 ? 1 : Math.min(1, downloadedBytes / totalBytes);
}

/** A fraction as a whole percentage that is 100 only when everything is there. */
export function percentOf(fraction: number): number {
  return Math.min(fraction >= 1 ? 100 : 99, Math.max(0, Math.floor(fraction * 100)));
}

/** `26 %`; undefined while the total is unknown. */
export function percentText(bytes: Parameters<typeof fractionOf>[0]): string | undefined {
  const fraction = fractionOf(bytes);
  return fraction === undefined ? undefined : `${percentOf(fraction)} %`;
}

/** Puts values into the holes of a text: `fill('{0} of {1}', 'a', 'b')`. A hole without a value stays visible. */
export function fill(text: string, ...values: readonly (string | number)[]): string {
  return text.replace(/\{(\d+)\}/g, (hole, index: string) => String(values[Number(index)] ?? hole));
}

/** The singular text for exactly one, else the plural with the number in its hole. */
export function fillCount(one: string, many: string, count: number): string {
  return count === 1 ? fill(one, count) : fill(many, count);
}

/** Writes figures as the reader's language does: "1.6 GB" is "1,6 GB" in German. */
export interface Figures {
  /** {@link byteText}: "1.6 GB", "412 MB". */
  readonly bytes: (bytes: number) => string;
  /** A speed without "/s": "38.4 MB". */
  readonly speed: (bytesPerSecond: number) => string;
  /** A duration in its two largest units: "9 s", "2 min 05 s", "3 h 07 min". Rounded up: never "0 s". */
  readonly duration: (seconds: number) => string;
  /** A number with at most so many digits behind the point: "7.94". */
  readonly number: (value: number, maximumDigits: number) => string;
  /** How many times faster than the audio: "6.2", and "34" where a digit more says nothing. */
  readonly factor: (realTimeFactor: number) => string;
  /** A moment (milliseconds since 1970) as a date: "22 Nov 2026". */
  readonly date: (ms: number) => string;
}

/** The templates of a duration, in the reader's language. */
interface DurationStrings {
  readonly durationSeconds: string;
  readonly durationMinutes: string;
  readonly durationHours: string;
  readonly durationDays: string;
}

/** `language` is the editor's language tag; an invalid one means English. */
export function createFigures(language: string | undefined, strings: DurationStrings): Figures {
  const locale = localeOf(language);
  let dates: Intl.DateTimeFormat | undefined;
  return {
    bytes: (bytes) => byteText(bytes, locale),
    speed: (bytesPerSecond) => speedText(bytesPerSecond, locale),
    duration: (seconds) => durationText(seconds, strings),
    number: (value, maximumFractionDigits) =>
      new Intl.NumberFormat(locale, { maximumFractionDigits }).format(value),
    factor: (realTimeFactor) => factorText(realTimeFactor, locale),
    date(ms) {
      dates ??= new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
      return dates.format(ms);
    },
  };
}

/** How many times faster than the audio a model is, with a digit behind the point below ten. */
export function factorText(realTimeFactor: number, language = 'en'): string {
  const digits = realTimeFactor < 10 ? 1 : 0;
  return realTimeFactor.toLocaleString(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
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
