/**
 * What a message takes in, as a person's language writes it: "1.6 GB" is "1,6 GB" in German, 7.9 is "7,9", and a sentence of
 * the built-in catalog, such as what a model needs, is what `say` makes of it. The core writes byte counts in English,
 * each an argument of its own. Whole numbers stay: they are ports, counts and codes.
 */
export function localArg(
  arg: string | number,
  language: string,
  say: (text: string) => string,
): string | number {
  if (typeof arg === 'number') return Number.isInteger(arg) ? arg : arg.toLocaleString(language);
  // Nothing without a unit: "14.0" may be a version.
  const [, figure, unit] = /^(\d+\.\d) ([kMGTP]?B)$/.exec(arg) ?? [];
  if (figure === undefined || unit === undefined) return arg.includes(' ') ? say(arg) : arg;
  return `${Number(figure).toLocaleString(language)} ${unit}`;
}
