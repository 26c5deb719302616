// How the built-in catalog is written down: one line for each file list entry, one for each short variant, so that a
// person can read and edit it and a change shows as a change of few lines.

function inline(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`,
    );
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return JSON.stringify(value);
}

const longestLine = 110;
const longestEntry = 320;

function write(value: unknown, indent: string): string {
  const flat = inline(value);
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= longestLine)
    return flat;
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item === 'string')) return flat;
    return `[\n${value.map((item) => deeper + write(item, deeper)).join(',\n')}\n${indent}]`;
  }
  const isFile = ['path', 'megabytes', 'werPercent', 'url'].some((key) => key in value);
  const isShort = flat.length <= longestEntry && 'id' in value && !('variants' in value);
  if (isFile || isShort) return flat;
  const lines = Object.entries(value).map(
    ([key, item]) => `${deeper}${JSON.stringify(key)}: ${write(item, deeper)}`,
  );
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

/** The text of a catalog document, ending in a newline. */
export function layoutCatalog(document: unknown): string {
  return `${write(document, '')}\n`;
}
