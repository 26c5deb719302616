/** Line and column of an offset into a text, both counted from 1, columns in UTF-16 units as editors count them. */
export function textPosition(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (const { index } of text.matchAll(/\r\n|\n|\r/g)) {
    const next = index + (text.startsWith('\r\n', index) ? 2 : 1);
    if (next > offset) break;
    line += 1;
    lineStart = next;
  }
  return { line, column: offset - lineStart + 1 };
}
