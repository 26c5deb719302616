/**
 * Writes a figure that a message takes in as a person's language does: "1.6 GB" is "1,6 GB" in German, 7.9 is "7,9". The
 * core writes byte counts in English, each an argument of its own. Whole numbers stay: they are ports, counts and codes.
 */
export function localArg<T extends string | number>(arg: T, language: string): T | string {
  if (typeof arg === 'number') return Number.isInteger(arg) ? arg : arg.toLocaleString(language);
  // Nothing without a unit: "14.0" may be a version.
  const [, figure, unit] = /^(\d+\.\d) ([kMGTP]?B)$/.exec(arg) ?? [];
  if (figure === undefined || unit === undefined) return arg;
  return `${Number(figure).toLocaleString(language)} ${unit}`;
}
