import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
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

const fishProgram = `
function asr-models
  if test "$argv[1]" = ls; printf 'own-model  1 MB\\nother  2 MB\\n'
  else; printf 'whisper-tiny  78 MB\\nwhisper-base  142 MB\\n'; end
end
`;

/** Runs work with the script of a shell as a file. */
async function withScript(
  shell: (typeof shells)[number],
  work: (file: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'asr-completion-'));
  try {
    const file = path.join(folder, `asr-models.${shell}`);
    await writeFile(file, completionScript(shell));
    await work(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Bash's offers for the words of a command line, the last of which is being written. */
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

  it('completes the same in fish', async function () {
    // Without fish, its script is only looked at by the first test.
    if (!(await isHere('fish'))) this.skip();
    await withScript('fish', async (file) => {
      const offeredBy = async (line: string): Promise<readonly string[]> => {
        const { stdout } = await run('fish', [
          '-c',
          `${fishProgram}source $argv[1]; complete -C $argv[2]`,
          file,
          line,
        ]);
        const lines = stdout.split('\n').filter((each) => each !== '');
        return lines.map((each) => each.split('\t')[0] ?? '').sort();
      };
      assert.deepEqual(await offeredBy('asr-models do'), ['doctor', 'download']);
      assert.deepEqual(await offeredBy('asr-models download --max'), [
        '--max-connections',
        '--max-speed',
      ]);
      assert.deepEqual(await offeredBy('asr-models download whisper-t'), ['whisper-tiny']);
      assert.deepEqual(await offeredBy('asr-models rm '), ['other', 'own-model']);
      assert.deepEqual(await offeredBy('asr-models transcribe x.wav --format s'), ['srt']);
      assert.deepEqual(await offeredBy('asr-models completion z'), ['zsh']);
    });
  });

  it('is a script that zsh can read', async function () {
    // Without zsh, its script is only looked at by the first test.
    if (!(await isHere('zsh'))) this.skip();
    await withScript('zsh', async (file) => {
      await run('zsh', ['-n', file]);
    });
  });
});
