import prettyBytes from 'pretty-bytes';

/**
 * A byte count as a person reads it: "1.6 GB", "412 MB"; decimal units, as disks and model pages count. `language` is a
 * BCP 47 tag and decides the decimal separator: "1,6 GB" in German.
 */
export function byteText(bytes: number, language = 'en'): string {
  const stepBytes = bytes >= 999_500_000 ? 1e8 : bytes >= 999_500 ? 1e6 : bytes >= 1e3 ? 1e3 : 1;
  // The library cuts digits off; a person expects them to be rounded.
  const rounded = Math.round(bytes / stepBytes) * stepBytes;
  return prettyBytes(rounded, {
    locale: language,
    maximumFractionDigits: stepBytes === 1e8 ? 1 : 0,
  });
}
