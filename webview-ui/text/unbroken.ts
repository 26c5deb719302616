const noBreak = '\u00a0';

/** A short text that stays on one line: "412 MB of 1.6 GB". */
function unbroken(text: string): string {
  return text.replaceAll(' ', noBreak);
}

/** A sentence in which no line ends between a number and its unit: "6.1 %", "25.3 GB", "31 s". */
export function withUnbrokenFigures(text: string): string {
  return text.replace(/(\d) (?=(?:%|[kMGT]?B|s|min|h|d)(?!\p{L}))/gu, `$1${noBreak}`);
}

/** Parts of a line with a dot between them; the line ends only between two of them. */
export function dotted(parts: readonly string[]): string {
  return parts.map(unbroken).join(`${noBreak}· `);
}
