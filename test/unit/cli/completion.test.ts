import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { completionScript } from '../../../src/cli/completion';
import { commandNames, optionsOf } from '../../../src/cli/commandTable';

const run = promisify(execFile);
const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** Stands in for the program, which completion asks for the ids. */
const program = `
asr-models() {
  if [[ $1 == ls ]]; then printf 'own-model  1 MB\\nother  2 MB\\n'
  else printf 'whisper-tiny  78 MB\\nwhisper-base  142 MB\\n'; fi
}
`;

/** What bash offers for the words of a command line, the last of which is being written. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const script = `${program}${completionScript('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _asr_models; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', script, 'bash', 'asr-models', ...words]);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Whether a program can be started here. */
async function isHere(name: string): Promise<boolean> {
  return await run(name, ['-c', 'exit 0']).then(
    () => true,
    () => false,
  );
}

describe('the completion', () => {
  it('has every command and every option, in each shell', () => {
    for (const shell of shells) {
      const script = completionScript(shell);
      for (const name of commandNames) {
        assert.match(script, new RegExp(`\\b${name}\\b`), `${shell} ${name}`);
        for (const option of Object.keys(optionsOf(name))) {
          const written = shell === 'fish' ? `-l ${option}` : `--${option}`;
          assert.ok(script.includes(written), `${shell} ${name} ${option}`);
        }
      }
    }
  });

  it('completes commands, options, values and ids in bash', async function () {
    // Without bash there is nothing that could be asked.
    if (!(await isHere('bash'))) this.skip();
    assert.deepEqual(await offered('do'), ['download', 'doctor']);
    assert.deepEqual(await offered('download', '--max'), ['--max-connections', '--max-speed']);
    assert.deepEqual(await offered('download', 'whisper-t'), ['whisper-tiny']);
    assert.deepEqual(await offered('rm', ''), ['own-model', 'other']);
    assert.deepEqual(await offered('transcribe', 'x.wav', '--format', 's'), ['srt']);
    assert.deepEqual(await offered('transcribe', 'x.wav', '--model', 'whisper-b'), [
      'whisper-base',
    ]);
    assert.deepEqual(await offered('completion', 'z'), ['zsh']);
  });

  it('is a script that the other shells can read, where they are here', async function () {
    let asked = 0;
    for (const [shell, name, args] of [
      ['zsh', 'zsh', ['-n']],
      ['fish', 'fish', ['--no-execute']],
    ] as const) {
      if (!(await isHere(name))) continue;
      asked += 1;
      const child = run(name, [...args]);
      child.child.stdin?.end(completionScript(shell));
      await child;
    }
    // Neither is on this machine: their scripts are only looked at by the first test.
    if (asked === 0) this.skip();
  });
});
