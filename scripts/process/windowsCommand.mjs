// @ts-check
/*
 * Starting programs on Windows. An .exe gets its arguments from Node; npm, code and their like are .cmd files, which
 * only cmd can start, and cmd parses the whole line a second time: its special characters are escaped.
 */

/** The special characters of cmd, the quotation mark included: a caret before one escapes it. */
const special = /[()[\]%!^"`<>&|;, *?]/g;

/**
 * One argument as programs of Windows read it from their command line: in quotes, `\"` for a quotation mark, and the
 * back-slashes before one doubled.
 * @param {string} argument
 */
function inQuotes(argument) {
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

/**
 * The program to start for a command, and how: `verbatim` says that the arguments are written for cmd already.
 * @param {string} command a program's path, or its name on the PATH
 * @param {readonly string[]} args
 * @returns {{ readonly command: string; readonly args: readonly string[]; readonly verbatim: boolean }}
 */
export function windowsCommand(command, args) {
  if (/\.exe$/i.test(command)) return { command, args, verbatim: false };
  // A .cmd file hands its arguments on to a program in a line of its own, which cmd reads once more.
  const escaped = args.map((each) =>
    inQuotes(each).replace(special, '^$&').replace(special, '^$&'),
  );
  const line = [command.replace(special, '^$&'), ...escaped].join(' ');
  return { command: 'cmd.exe', args: ['/d', '/s', '/c', `"${line}"`], verbatim: true };
}
