export function stringsIn(
  fileName: string,
  text: string,
  onProblem: (line: string) => void,
): string[];
export function collectStrings(): { strings: string[]; problems: string[] };
