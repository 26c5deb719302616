import assert from 'node:assert/strict';
import fc from 'fast-check';
import { windowsCommand } from '../../../scripts/process/windowsCommand.mjs';

/** A part of a line as cmd reads it, in which every special character is behind a caret. */
function afterCmd(line: string): string {
  assert.doesNotMatch(line.replace(/\^./gs, ''), /[()[\]%!"`<>&|;, *?]/, line);
  return line.replace(/\^(.)/gs, '$1');
}

/** The one argument that a program of Windows reads from text in quotes. */
function windowsArgument(text: string): string {
  const [, inside = ''] = /^"(.*)"$/s.exec(text) ?? [];
  assert.doesNotMatch(inside.replace(/\\\\|\\"/g, ''), /"/, 'the quotes end at the end');
  return inside.replace(/(\\+)("|$)/g, (_all, slashes: string, mark: string) =>
    mark === '"' ? '\\'.repeat((slashes.length - 1) / 2) + '"' : '\\'.repeat(slashes.length / 2),
  );
}

describe('a program that is started on Windows', () => {
  it('gets its arguments from Node when it is an .exe', () => {
    assert.deepEqual(windowsCommand('C:\\Program Files\\node.exe', ['a b']), {
      command: 'C:\\Program Files\\node.exe',
      args: ['a b'],
      verbatim: false,
    });
  });

  it('is started by cmd when it is a script, also in a folder with spaces', () => {
    const code = windowsCommand('C:\\Users\\Anna M\\code.cmd', ['--user-data-dir', 'C:\\a & b']);
    assert.equal(code.command, 'cmd.exe');
    assert.ok(code.verbatim);
    const [, , , line = ''] = code.args;
    assert.ok(line.startsWith('"C:\\Users\\Anna^ M\\code.cmd '), line);
    assert.ok(line.endsWith('a^^^ ^^^&^^^ b^^^""'), line);
  });

  it('sees each argument as it is, whatever is in it', () => {
    const odd = fc.string({
      unit: fc.constantFrom(...Array.from('ab \\/:%^&|<>()!"\'`$;,=@[]*?é')),
    });
    fc.assert(
      fc.property(odd, (argument) => {
        const [, , , line = ''] = windowsCommand('x', [argument]).args;
        const once = afterCmd(line.slice('"x '.length, -1));
        assert.equal(windowsArgument(afterCmd(once)), argument);
      }),
    );
  });
});
