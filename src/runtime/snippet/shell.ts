import { lastName } from '../../common/paths';

/** The shells that a command can be written for; any other understands what is written for a POSIX shell, or nothing. */
export type ShellKind = 'posix' | 'powershell' | 'cmd';

/** The kind of a shell by its program; `platform` decides where there is none: Windows' terminals open PowerShell. */
export function shellKind(
  program: string | undefined,
  platform: NodeJS.Platform = process.platform,
): ShellKind {
  const name = lastName((program ?? '').replaceAll('\\', '/')).replace(/\.exe$/i, '');
  if (/^(?:pwsh|powershell)/i.test(name)) return 'powershell';
  if (/^cmd$/i.test(name)) return 'cmd';
  return name === '' && platform === 'win32' ? 'powershell' : 'posix';
}

/** How each shell continues a command in the next line. */
const continued: Readonly<Record<ShellKind, string>> = {
  posix: ' \\\n  ',
  powershell: ' `\n  ',
  cmd: ' ^\n  ',
};

/** A command on one line, or with each argument on its own; each argument reaches the program as it is here. */
export function commandText(
  shell: ShellKind,
  command: readonly string[],
  layout: 'line' | 'lines' = 'line',
): string {
  return command
    .map((argument) => quoted(shell, argument))
    .join(layout === 'line' ? ' ' : continued[shell]);
}

/** An argument in quotes in which the shell expands nothing; plain ones stay as they are. */
export function quoted(shell: ShellKind, argument: string): string {
  switch (shell) {
    case 'posix':
      return /^[\w@%+=:,./-]+$/.test(argument)
        ? argument
        : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
    case 'powershell':
      // PowerShell takes the typographic quotes for its own.
      return /^[\w:./\\-]+$/.test(argument)
        ? argument
        : `'${argument.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
    case 'cmd':
      return /^[\w:./\\-]+$/.test(argument) ? argument : quotedForCmd(argument);
  }
}

/**
 * Each program of Windows parses its own command line: `\"` is a quotation mark, and back-slashes before one are
 * doubled. cmd expands `%NAME%` in quotes, too, so a per cent sign stands outside of them, behind a caret; the
 * quotation mark that ends the quotes before it follows the same rule.
 */
function quotedForCmd(argument: string): string {
  const inQuotes = argument.replace(/(\\*)(["%]|$)/g, (_all, slashes: string, mark: string) =>
    mark === '"' ? `${slashes}${slashes}\\"` : `${slashes}${slashes}${mark}`,
  );
  return `"${inQuotes.replaceAll('%', '"^%"')}"`;
}
