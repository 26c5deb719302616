import assert from 'node:assert/strict';
import { access, copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandNames } from '../../../src/cli/commandTable';
import { isObject, parseJson } from '../../../src/common/json';
import { contentBytes, generatedContent } from '../../hub';
import { whisperGgml } from '../../hub/models';
import { CliBench, type CliResult } from './support/cliBench';

const single = 'hf:org/single#model.bin';
const whisper = 'hf:org/whisper#ggml-tiny.en.bin';
const content = generatedContent({ sizeBytes: 300_000, seed: 'single' });
const clip = path.resolve('media', 'clip.wav');

describe('the commands of the command line', function () {
  this.timeout(480_000);
  let bench: CliBench;
  const run = (...args: readonly string[]): Promise<CliResult> => bench.run(args);

  before(async () => {
    bench = await CliBench.start({
      repos: [
        { name: 'org/single', files: { 'model.bin': content, 'README.md': 'x' }, licence: 'mit' },
        { name: 'org/whisper', files: { 'ggml-tiny.en.bin': whisperGgml() }, licence: 'mit' },
        { name: 'org/gated', files: { 'model.bin': 'x' }, gated: 'auto' },
      ],
    });
  });
  after(() => bench.close());

  it('“list” shows what is on offer, by language and by what loads here', async () => {
    const all = await run('list');
    assert.equal(all.exitCode, 0);
    assert.match(all.stdout, /^whisper-tiny +78 MB +ggml +99 languages/m);
    const german = await run('list', '--language', 'de', '--loadable', '--json');
    assert.ok(german.objects.length > 10);
    assert.ok(german.objects.length < all.stdout.split('\n').length);
    for (const { type, id, loadable, state } of german.objects) {
      assert.deepEqual([type, loadable, state], ['model', true, 'notDownloaded'], String(id));
    }
  });

  it('“list” offers the models of a catalog that is named, and says what is wrong with it', async () => {
    const file = path.join(bench.home, 'own.json');
    await writeFile(file, '{ "models": 5 }');
    const { exitCode, stderr } = await run('list', '--catalog', file);
    assert.equal(exitCode, 0);
    assert.match(stderr, /own\.json: /);
  });

  it('“search” asks the catalog and the hub, and does without the hub', async () => {
    const both = await run('search', 'whisper');
    assert.equal(both.exitCode, 0);
    assert.match(both.stdout, /^whisper-tiny /m);
    assert.match(both.stdout, /^hf:org\/whisper +ggml +loads here/m);
    const alone = await run('search', 'whisper', 'tiny', '--endpoint', 'http://127.0.0.1:9');
    assert.equal(alone.exitCode, 0);
    assert.match(alone.stderr, /The hub could not be asked/);
    const nothing = await run('search', 'qqqqqq');
    assert.equal(nothing.exitCode, 1);
    assert.equal(nothing.stdout, '');
    assert.match(nothing.stderr, /Nothing was found for “qqqqqq”/);
  });

  it('“download” brings a model, and its path is the last line', async () => {
    const { exitCode, stdout, stderr } = await run('download', single);
    assert.equal(exitCode, 0, stderr);
    assert.ok(stdout.endsWith('model.bin\n'));
    const file = stdout.trimEnd().split('\n').at(-1) ?? '';
    assert.deepEqual(await readFile(file), contentBytes(content));
    assert.ok(file.startsWith(bench.hubRoot), file);
    assert.match(stderr, /Download complete!/);
  });

  it('“download” of what is here needs no network, and pushes records for programs', async () => {
    const sentBytes = bench.hub.log.bytesSent(({ origin }) => origin === 'cdn');
    const { exitCode, objects } = await run(
      'download',
      single,
      '--json',
      '--endpoint',
      'http://127.0.0.1:9',
    );
    assert.equal(exitCode, 0);
    assert.equal(
      bench.hub.log.bytesSent(({ origin }) => origin === 'cdn'),
      sentBytes,
    );
    const [first] = objects;
    assert.equal(first?.['type'], 'download_progress');
    const last = objects.at(-1);
    assert.deepEqual(
      [last?.['type'], last?.['modelId'], last?.['verified']],
      ['downloaded_model', single, true],
    );
  });

  it('“download” takes a revision, and a limit for the speed and the connections', async () => {
    const limits = ['--max-connections', '2', '--max-speed', '50M'];
    const { exitCode, stdout, stderr } = await run(
      'download',
      whisper,
      '--revision',
      'main',
      ...limits,
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /ggml-tiny\.en\.bin\n$/);
    const missing = await run('download', whisper, '--revision', 'v9');
    assert.equal(missing.exitCode, 1);
  });

  it('“ls” and “path” show what is here', async () => {
    const { exitCode, stdout } = await run('ls');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^hf:org\/single#model\.bin +300 kB +[0-9a-f]{8} +verified +\//m);
    const { objects } = await run('ls', '--json');
    assert.deepEqual(objects.map(({ modelId, state }) => [modelId, state]).sort(), [
      [single, 'downloaded'],
      [whisper, 'downloaded'],
    ]);
    const found = await run('path', single);
    assert.equal(found.exitCode, 0);
    await access(found.stdout.trimEnd());
    const missing = await run('path', 'whisper-tiny');
    assert.equal(missing.exitCode, 1);
    assert.match(missing.stderr, /whisper-tiny is not downloaded/);
  });

  it('“verify” finds what is damaged, and repairs it', async () => {
    assert.equal((await run('verify')).exitCode, 0);
    const file = (await run('path', single)).stdout.trimEnd();
    const bytes = await readFile(file);
    bytes[5] = (bytes[5] ?? 0) ^ 255;
    await writeFile(file, bytes);
    const damaged = await run('verify', single);
    assert.equal(damaged.exitCode, 1);
    assert.match(damaged.stdout, /^damaged: org\/single\/model\.bin$/m);
    const mended = await run('verify', single, '--repair', '--json');
    assert.equal(mended.exitCode, 0);
    assert.equal(mended.objects.at(-1)?.['type'], 'verified');
    assert.deepEqual(await readFile(file), contentBytes(content));
  });

  it('“update” says what has changed, and brings it', async () => {
    assert.match((await run('update')).stderr, /Everything is up to date/);
    const newer = generatedContent({ sizeBytes: 310_000, seed: 'newer' });
    bench.hub.repo('org/single').push({ 'model.bin': newer });
    const check = await run('update', '--check');
    assert.equal(check.exitCode, 0);
    assert.match(check.stdout, /^hf:org\/single#model\.bin +310 kB +model\.bin$/m);
    const { exitCode, stdout, stderr } = await run('update', single);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(await readFile(stdout.trimEnd()), contentBytes(newer));
  });

  it('“export” and “import” carry models to a machine without a network', async () => {
    const bundle = path.join(bench.home, 'models.asr');
    const written = await run('export', single, whisper, '--output', bundle);
    assert.equal(written.exitCode, 0, written.stderr);
    assert.equal(written.stdout, `${bundle}\n`);
    const other = path.join(bench.home, 'other');
    const taken = await run('import', bundle, '--cache', other);
    assert.equal(taken.exitCode, 0, taken.stderr);
    assert.equal(taken.stdout.trimEnd().split('\n').length, 2);
    assert.match((await run('ls', '--cache', other)).stdout, /org\/single/);
    const own = path.join(bench.home, 'own.bin');
    await writeFile(own, whisperGgml({ words: [' own'] }));
    const file = await run('import', own, '--cache', other);
    assert.equal(file.exitCode, 0, file.stderr);
    assert.match(file.stdout, /^local:own\S* +\//);
  });

  it('“rm” gives the bytes back, and says what is not here', async () => {
    const { exitCode, stderr } = await run('rm', single, 'no-such-model');
    assert.equal(exitCode, 1);
    assert.match(stderr, /hf:org\/single#model\.bin: 6\d\d kB are free again/);
    assert.match(stderr, /No model is called no-such-model\. Run “asr-models search”/);
    assert.equal((await run('path', single)).exitCode, 1);
  });

  it('“doctor” tries the connection, and fails where a step does', async () => {
    const { exitCode, stdout } = await run('doctor');
    assert.match(stdout, /^# Connection report/);
    assert.doesNotMatch(stdout, /editor’s own way/);
    assert.equal(exitCode, stdout.includes('What to do') ? 1 : 0, stdout);
    const refused = await run('doctor', 'http://127.0.0.1:9', '--json');
    assert.equal(refused.exitCode, 1);
    assert.equal(refused.objects.at(-1)?.['type'], 'connection_report');
  });

  it('“serve” serves the models until it is ended, and leaves nothing behind', async () => {
    const serving = bench.spawn(['serve', '--json']);
    await serving.until(/"type":"server".*\n/);
    const file = path.join(bench.home, '.asr-models', 'server.json');
    const address = parseJson(await readFile(file, 'utf8'));
    assert.ok(isObject(address));
    const url = String(address['url']);
    if (process.platform !== 'win32') assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await fetch(`${url}/v1/models`)).status, 401);
    const headers = { authorization: `Bearer ${String(address['token'])}` };
    const models: unknown = await (await fetch(`${url}/v1/models`, { headers })).json();
    assert.match(JSON.stringify(models), /org\/whisper/);
    serving.signal('SIGINT');
    assert.equal((await serving.ended()).exitCode, 0);
    await assert.rejects(fetch(`${url}/api/status`));
    await assert.rejects(access(file));
  });

  it('“completion” prints a script for each shell', async () => {
    for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
      const { exitCode, stdout } = await run('completion', shell);
      assert.equal(exitCode, 0);
      for (const name of commandNames) assert.ok(stdout.includes(name), `${shell} ${name}`);
    }
    assert.equal((await run('completion', 'tcsh')).exitCode, 2);
  });

  it('end with the exit code that scripts rely on', async () => {
    const interrupted = AbortSignal.abort();
    const second = path.join(bench.home, 'second.wav');
    await copyFile(clip, second);
    const table: readonly (readonly [number, readonly string[], AbortSignal?])[] = [
      [0, ['--version']],
      [0, ['--help']],
      [0, ['download', '--help']],
      [2, ['frob']],
      [2, ['download']],
      [2, ['download', single, '--frob']],
      [2, ['download', single, '--endpoint', 'https://']],
      [2, ['export', whisper]],
      [2, ['transcribe', clip, second, '--format', 'srt', '--model', whisper]],
      [1, ['download', 'no-such-model']],
      [1, ['download', 'hf:org/gated']],
      [1, ['download', 'hf:org/nothing']],
      [1, ['download', single, '--endpoint', 'http://127.0.0.1:9']],
      [1, ['import', path.join(bench.home, 'nothing.bin')]],
      [1, ['export', single, '--output', 'x.asr']],
      [1, ['transcribe', clip, '--model', 'no-such-model']],
      [130, ['download', single], interrupted],
      [130, ['transcribe', clip, '--model', whisper], interrupted],
      [130, ['verify'], interrupted],
      [130, ['doctor'], interrupted],
    ];
    for (const [exitCode, args, signal] of table) {
      const result = await bench.run(args, signal === undefined ? {} : { signal });
      assert.equal(
        result.exitCode,
        exitCode,
        `${args.join(' ')}: ${result.stdout}${result.stderr}`,
      );
      if (exitCode === 1 || exitCode === 2) assert.match(result.stderr, /^asr-models: .+/m);
    }
  });

  it('say what to do next when they fail, and never a credential', async () => {
    const env = { HF_TOKEN: 'hf_secretsecret' };
    const gated = await bench.run(['download', 'hf:org/gated', '--verbose'], { env });
    assert.equal(gated.exitCode, 1);
    assert.match(gated.stderr, /HF_TOKEN/);
    assert.doesNotMatch(gated.stderr + gated.stdout, /secretsecret/);
    // Of a model that is not here: one that is here needs no hub.
    const down = await bench.run([
      'download',
      'hf:org/gated',
      '--endpoint',
      'http://127.0.0.1:9',
      '--json',
    ]);
    assert.match(down.stderr, /asr-models doctor/);
    const failure = down.objects.find(({ type }) => type === 'error');
    assert.equal(failure?.['code'], 'network');
  });
});
