// How the built-in catalog is written down: one line for each file list entry, one for each short variant, so that a
// person can read and edit it and a change shows as a change of few lines.

function inline(value) {
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

function write(value, indent) {
  const flat = inline(value);
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= longestLine)
    return flat;
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const isTexts = value.every((item) => typeof item === 'string');
    if (isTexts) return flat;
    return `[\n${value.map((item) => deeper + write(item, deeper)).join(',\n')}\n${indent}]`;
  }
  if (isFile(value) || (flat.length <= longestEntry && 'id' in value && !('variants' in value)))
    return flat;
  const lines = Object.entries(value).map(
    ([key, item]) => `${deeper}${JSON.stringify(key)}: ${write(item, deeper)}`,
  );
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

function isFile(value) {
  return 'path' in value || 'megabytes' in value || 'werPercent' in value || 'url' in value;
}

/**
 * The text of a catalog document, ending in a newline.
 * @param {unknown} document
 * @returns {string}
 */
export function layoutCatalog(document) {
  return `${write(document, '')}\n`;
}
