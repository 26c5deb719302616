import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readCommandLine, UsageError } from '../../../src/cli/commandLine';
import { commandNames, commandTable, optionsOf } from '../../../src/cli/commandTable';
import { helpText } from '../../../src/cli/help';

/** The error message for a command line; empty when it is right. */
function wrong(...argv: readonly string[]): string {
  try {
    const line = readCommandLine(argv);
    if (line.kind === 'command' && line.name === 'download') {
      line.options.wholeNumber('max-connections', 1, 64);
      line.options.bytes('max-speed');
    }
    return '';
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
}

describe('the arguments of the command line', () => {
  it('is read with its options anywhere', () => {
    const line = readCommandLine([
      'download',
      '--revision',
      'v2',
      'a',
      '-q',
      'b',
      '--mirror=x',
      '--mirror',
      'y',
    ]);
    assert.ok(line.kind === 'command');
    assert.deepEqual([line.name, line.args], ['download', ['a', 'b']]);
    assert.equal(line.options.text('revision'), 'v2');
    assert.deepEqual(line.options.texts('mirror'), ['x', 'y']);
    assert.ok(line.options.has('quiet') && !line.options.has('json'));
  });

  it('is help without a command, and for each', () => {
    for (const argv of [[], ['--help'], ['-h'], ['help']]) {
      assert.deepEqual(readCommandLine(argv), { kind: 'help' });
    }
    for (const argv of [
      ['help', 'rm'],
      ['rm', '--help'],
      ['rm', '-h'],
    ]) {
      assert.deepEqual(readCommandLine(argv), { kind: 'help', command: 'rm' });
    }
    assert.deepEqual(readCommandLine(['--version']), { kind: 'version' });
  });

  it('is answered with the fault in it', () => {
    const table: readonly (readonly [readonly string[], RegExp])[] = [
      [['frob'], /^There is no command “frob”\.$/],
      [['down'], /Did you mean “download”\?$/],
      [['--json'], /^“--json” stands before no command\.$/],
      [['download'], /^“download” needs ID…\.$/],
      [['path', 'a', 'b'], /^“path” does not take “b”\.$/],
      [['ls', '--repair'], /--repair/],
      [['download', 'a', '--revision'], /revision/],
      [['transcribe', 'a', '--format', 'doc'], /^--format is text, srt, vtt, json, not “doc”\.$/],
      [['download', 'a', '--max-connections', '0'], /whole number from 1 to 64, not “0”/],
      [['download', 'a', '--max-speed', 'fast'], /^--max-speed is a number of bytes such as 5M/],
    ];
    for (const [argv, sentence] of table) assert.match(wrong(...argv), sentence);
  });

  it('has speeds as people write them', () => {
    const bytes = (text: string): number | undefined => {
      const line = readCommandLine(['download', 'a', '--max-speed', text]);
      return line.kind === 'command' ? line.options.bytes('max-speed') : undefined;
    };
    assert.deepEqual(
      ['0', '500000', '500k', '5M', '1.5G', '2MB'].map(bytes),
      [0, 500_000, 500_000, 5_000_000, 1_500_000_000, 2_000_000],
    );
  });
});

describe('every command', () => {
  it('is run by a test', () => {
    const files = readdirSync(__dirname).filter((name) => name.endsWith('.test.ts'));
    const sources = files.map((name) => readFileSync(path.join(__dirname, name), 'utf8')).join();
    for (const name of commandNames) {
      assert.match(sources, new RegExp(`(?:run|spawn)\\(\\[?'${name}'`), name);
    }
  });
});

describe('the help', () => {
  it('names every command, and of each every option', () => {
    const all = helpText();
    for (const name of commandNames) {
      assert.ok(all.includes(`\n  ${name}`), name);
      assert.ok(all.includes(commandTable[name].summary), name);
      const help = helpText(name);
      for (const option of Object.keys(optionsOf(name))) {
        assert.ok(help.includes(`--${option}`), `${name} ${option}`);
      }
    }
  });

  it('fits a wide terminal', () => {
    for (const text of [helpText(), ...commandNames.map((name) => helpText(name))]) {
      for (const line of text.split('\n')) assert.ok(line.length <= 120, line);
    }
  });
});
