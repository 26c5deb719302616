import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { whisperGgml } from '../../hub/models';
import { CliBench, type CliResult } from './support/cliBench';

const whisper = 'hf:org/whisper#ggml-tiny.en.bin';
const clip = path.resolve('media', 'clip.wav');

describe('the command “transcribe”', function () {
  this.timeout(480_000);
  let bench: CliBench;
  const run = (...args: readonly string[]): Promise<CliResult> => bench.run(args);

  before(async () => {
    bench = await CliBench.start({
      repos: [{ name: 'org/whisper', files: { 'ggml-tiny.en.bin': whisperGgml() } }],
    });
  });
  after(() => bench.close());

  it('turns recordings into text and subtitles', async () => {
    const text = await run('transcribe', clip, '--model', whisper);
    assert.match(text.stderr, /Download complete!/, 'the model is downloaded first');
    assert.equal(text.exitCode, 0, text.stderr);
    assert.equal(text.stdout, 'hello model\n');
    const folder = path.join(bench.home, 'talks');
    await mkdir(folder);
    await writeFile(path.join(folder, 'one.wav'), await readFile(clip));
    await writeFile(path.join(folder, 'broken.wav'), 'not a recording');
    const out = path.join(bench.home, 'text');
    const several = await run(
      'transcribe',
      folder,
      '-m',
      whisper,
      '--format',
      'srt',
      '-o',
      `${out}/`,
    );
    assert.equal(several.exitCode, 1, 'one of two is broken');
    assert.match(several.stderr, /broken\.wav: /);
    assert.equal(several.stdout, `${path.join(out, 'one.srt')}\n`);
    assert.match(await readFile(path.join(out, 'one.srt'), 'utf8'), /--> .*\nhello model\n/);
    const { objects } = await run('transcribe', clip, '-m', whisper, '--json', '--language', 'en');
    const [made] = objects.filter(({ type }) => type === 'transcript');
    assert.deepEqual([made?.['text'], made?.['language']], ['hello model', 'en']);
  });

  it('says what it can’t do', async () => {
    const german = await run('transcribe', clip, '-m', whisper, '--language', 'de');
    assert.equal(german.exitCode, 1);
    assert.match(german.stderr, /does not speak the language “de”/);
    const english = await run('transcribe', clip, '-m', whisper, '--translate');
    assert.match(english.stderr, /does not translate/);
    const nothing = await run('transcribe', path.join(bench.home, 'text'), '-m', whisper);
    assert.deepEqual([nothing.exitCode, nothing.stdout], [1, '']);
    assert.match(nothing.stderr, /No recording was found there/);
  });

  it('takes the one model that is here, and asks where there are several', async () => {
    const only = await run('transcribe', clip);
    assert.deepEqual([only.exitCode, only.stdout], [0, 'hello model\n'], only.stderr);
    const own = path.join(bench.home, 'own.bin');
    await writeFile(own, whisperGgml({ words: [' own'] }));
    assert.equal((await run('import', own)).exitCode, 0);
    const several = await run('transcribe', clip);
    assert.equal(several.exitCode, 2);
    assert.match(several.stderr, /Choose one with --model:\n +\S+\n +\S+/);
    const elsewhere = await run('transcribe', clip, '--cache', path.join(bench.home, 'empty'));
    assert.equal(elsewhere.exitCode, 2);
    assert.match(elsewhere.stderr, /No downloaded model can be loaded here/);
  });
});
