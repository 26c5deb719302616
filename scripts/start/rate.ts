const units: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 };

/** Bytes per second of a text such as `60MB` or `500kb/s`; a plain number is bytes, 0 means no limit. */
export function rateOf(text: string): number {
  const [, number, unit = 'B'] = /^([\d.]+)\s*([KMG]?B)?(?:\/s)?$/i.exec(text.trim()) ?? [];
  const bytesPerSecond = Number(number) * (units[unit.toUpperCase()] ?? Number.NaN);
  if (!Number.isFinite(bytesPerSecond)) {
    throw new RangeError(`--rate takes a speed such as 10MB (a second), not "${text}".`);
  }
  return Math.round(bytesPerSecond);
}
