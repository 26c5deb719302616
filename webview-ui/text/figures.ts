import prettyBytes from 'pretty-bytes';

/** A byte count as a person reads it, in decimal units with a steady number of digits: "1.6 GB", "412 MB". */
export function bytesText(bytes: number): string {
  const stepBytes = bytes >= 999_500_000 ? 1e8 : bytes >= 999_500 ? 1e6 : bytes >= 1e3 ? 1e3 : 1;
  const digits = stepBytes === 1e8 ? 1 : 0;
  // The library cuts digits off; a person expects them to be rounded, here as in the rest of the editor.
  const rounded = Math.round(bytes / stepBytes) * stepBytes;
  return prettyBytes(rounded, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A speed without "/s": one digit behind the point from a megabyte on, so that a change is seen. */
export function speedText(bytesPerSecond: number): string {
  const digits = bytesPerSecond >= 1e6 ? 1 : 0;
  return prettyBytes(bytesPerSecond, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A duration in its two largest units: "9 s", "2 min 05 s", "3 h 07 min", "2 d 4 h". Rounded up: never "0 s". */
export function durationText(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** A fraction as a whole percentage that says 100 only when all of it is there. */
export function percentOf(fraction: number): number {
  return Math.min(fraction >= 1 ? 100 : 99, Math.max(0, Math.floor(fraction * 100)));
}

/** A moment as a date of the reader's language: "22 Nov 2026". */
export function dateText(ms: number, language: string | undefined): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(ms);
}

/** A published percentage with at most two digits behind the point: "7.94". */
export function percentFigure(percent: number): string {
  return String(Math.round(percent * 100) / 100);
}
