const part = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;

/**
 * Whether a text is a repository id that the Hub accepts: `name` or `namespace/name`, each part at most 96 ASCII
 * letters, digits, `_`, `-` and `.`, no `--`, no `..`, no `-` or `.` at its ends, not ending in `.git`
 * (docs/hub-protocol.md section 1.1).
 */
export function isRepoId(text: string): boolean {
  const parts = text.split('/');
  if (parts.length > 2 || /--|\.\.|\.git$/.test(text)) return false;
  return parts.every((name) => name.length <= 96 && part.test(name));
}
