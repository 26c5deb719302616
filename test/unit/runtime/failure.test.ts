import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, truncate } from 'node:fs/promises';
import { promisify } from 'node:util';
import { AsrError } from '../../../src/common/asrError';
import type { ErrorCode } from '../../../src/protocol/errorCode';
import type { ModelOnDisk, Runtime, RuntimeExit } from '../../../src/runtime';
import { greedyCtcModel, nemoCtcModel, whisperGgml, type ModelFiles } from '../../hub/models';
import { streamingModel } from './streamingModel';
import {
  childrenOf,
  failsWith,
  fakeProcess,
  gibibyte,
  processBundle,
  removeBundle,
  TempFolder,
  testRuntime,
  tone,
} from './support';

const never = new AbortController().signal;
const nothing = (): void => undefined;

/** One of a model's files with an unknown operator in its graph. */
function corrupted(files: ModelFiles, name: string): Buffer {
  const bytes = Buffer.from(files[name] ?? '');
  const at = bytes.indexOf('Gather');
  assert.ok(at > 0);
  bytes.write('Nonsns', at);
  return bytes;
}

describe('a bad model ends in its sentence, with no process left', () => {
  const folder = new TempFolder();
  let runtime: Runtime;
  beforeEach(async () => {
    await folder.create();
    runtime = await testRuntime();
  });
  afterEach(async () => {
    await runtime.unload();
    assert.deepEqual(await childrenOf(process.pid), []);
    await folder.remove();
  });
  after(removeBundle);

  async function refused(model: ModelOnDisk, code: ErrorCode, text: RegExp): Promise<void> {
    await assert.rejects(runtime.load(model, {}, nothing, never), failsWith(code, text));
    assert.equal(runtime.loaded, undefined);
    assert.deepEqual(await childrenOf(process.pid), []);
  }

  it('a missing file', async () => {
    const model = await folder.model('onnx-sherpa', nemoCtcModel());
    await rm(model.files[0]?.absolutePath ?? '');
    await refused(model, 'integrity', /model\.onnx is missing\. Verify/);
  });

  it('a file that was cut', async () => {
    const model = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    await truncate(model.files[0]?.absolutePath ?? '', 500_000);
    await refused(model, 'integrity', /has 500 kB instead of 96\d kB\. Verify/);
  });

  it('a ggml file that was cut and whose size was believed', async () => {
    const cut = whisperGgml().subarray(0, 500_000);
    const model = await folder.model('ggml', { 'ggml-tiny.bin': cut });
    await refused(model, 'runtime', /could not use Tiny\. Verify/);
  });

  it('an ONNX file that was cut and whose size was believed', async () => {
    const files = nemoCtcModel();
    const whole = files['model.onnx'];
    assert.ok(Buffer.isBuffer(whole));
    const model = await folder.model('onnx-sherpa', {
      ...files,
      'model.onnx': whole.subarray(0, 300),
    });
    await refused(model, 'integrity', /damaged or cut off\. Verify/);
  });

  it('a file of zeros, a page and a pointer', async () => {
    const zeros = await folder.model('ggml', { 'ggml-tiny.bin': Buffer.alloc(5000) });
    await refused(zeros, 'integrity', /is empty\. Verify/);
    const page = await folder.model('onnx-sherpa', {
      ...nemoCtcModel(),
      'model.onnx': '<!DOCTYPE html><html>Sign in</html>',
    });
    await refused(page, 'integrity', /a page or a pointer \(html\)/);
    const pointer = await folder.model('ggml', {
      'ggml-tiny.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n',
    });
    await refused(pointer, 'integrity', /a page or a pointer \(lfs-pointer\)/);
  });

  it('a corrupt graph behind a good beginning', async () => {
    const model = await folder.model('onnx-sherpa', {
      ...nemoCtcModel(),
      'model.onnx': corrupted(nemoCtcModel(), 'model.onnx'),
    });
    await refused(model, 'runtime', /could not use Tiny\. Verify/);
  });

  it('a model that lacks the metadata of its kind (the engine exits)', async () => {
    const files = nemoCtcModel({ metadata: { model_type: 'sense_voice_ctc' } });
    const model = await folder.model('onnx-sherpa', files);
    await refused(model, 'runtime', /lacks the entry “\w+” that its kind of model needs/);
  });

  it('the same under WebAssembly, which throws numbers instead', async () => {
    runtime = await testRuntime({ preferWasm: true });
    const wrong = await folder.model(
      'onnx-sherpa',
      nemoCtcModel({ metadata: { model_type: 'sense_voice_ctc' } }),
    );
    await refused(wrong, 'runtime', /lacks the entry “\w+” that its kind of model needs/);
    const corrupt = await folder.model('onnx-sherpa', {
      ...nemoCtcModel(),
      'model.onnx': corrupted(nemoCtcModel(), 'model.onnx'),
    });
    await refused(corrupt, 'runtime', /could not use Tiny\. Verify/);
  });

  it('a corrupt streaming model (the engine aborts)', async () => {
    const name = 'encoder-epoch-1.onnx';
    const files = { ...streamingModel(), [name]: corrupted(streamingModel(), name) };
    const model = await folder.model('onnx-sherpa', files);
    await refused(model, 'runtime', /can’t be loaded: its contents don’t fit together/);
  });

  it('a tokens file of nonsense', async () => {
    const model = await folder.model('onnx-sherpa', {
      ...nemoCtcModel(),
      'tokens.txt': 'not a number\n',
    });
    await assert.rejects(
      runtime.load(model, {}, nothing, never),
      (error) => error instanceof AsrError && error.code === 'runtime',
    );
  });

  it('weights that don’t fit together (the engine aborts)', async () => {
    const bytes = Buffer.from(whisperGgml());
    bytes.writeInt32LE(3, 16); // three heads for a state of 8
    const model = await folder.model('ggml', { 'ggml-tiny.bin': bytes });
    await refused(model, 'runtime', /can’t be loaded: its contents don’t fit together/);
  });

  it('an engine that never answers (a failure inside whisper.cpp)', async () => {
    runtime = await testRuntime({ limits: { idleMs: 1500 } });
    const bytes = whisperGgml({ withoutSpace: true });
    const model = await folder.model('ggml', { 'ggml-tiny.bin': bytes });
    await runtime.load(model, {}, nothing, never);
    const exits: RuntimeExit[] = [];
    runtime.onDidExit((exit) => exits.push(exit));
    await assert.rejects(
      runtime.transcribe({ samples: tone(2) }, {}, nothing, never),
      failsWith('runtime', /stopped answering for \d+ s while transcribing and was ended/),
    );
    assert.equal(runtime.loaded, undefined);
    assert.deepEqual(await childrenOf(process.pid), []);
    assert.equal(exits[0]?.modelId, 'tiny');
    assert.match(exits[0].error.message, /stopped answering/);
  });

  it('memory that runs out while transcribing', async () => {
    const model = await folder.model('onnx-sherpa', greedyCtcModel());
    await runtime.load(model, {}, nothing, never);
    await assert.rejects(
      runtime.transcribe({ samples: tone(2) }, {}, nothing, never),
      failsWith('runtime', /not enough memory for Tiny\. Close other programs/),
    );
  });

  it('memory that the system limits, while loading', async function () {
    if (process.platform !== 'linux') this.skip(); // Only there a process can be given a limit.
    const model = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    const limit = `
      if (require('node:worker_threads').isMainThread) {
        const status = require('node:fs').readFileSync('/proc/self/status', 'utf8');
        const bytes = Number(/VmSize:\\s+(\\d+)/.exec(status)[1]) * 1024 + 260e6;
        require('node:child_process').execFileSync('prlimit', ['--pid', process.pid, '--as=' + bytes]);
      }`;
    const bundle = JSON.stringify(await processBundle());
    runtime = await testRuntime({
      processPath: await fakeProcess(`${limit}\nrequire(${bundle});`),
    });
    await refused(model, 'runtime', /not enough memory for Tiny\. Close other programs/);
  });

  it('memory that the system limits, while transcribing', async function () {
    if (process.platform !== 'linux') this.skip(); // Only there a process can be given a limit.
    const model = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    await runtime.load(model, {}, nothing, never);
    const [pid] = await childrenOf(process.pid);
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
    const bytes = Number(/VmSize:\s+(\d+)/.exec(status)?.[1]) * 1024 + 60e6;
    await promisify(execFile)('prlimit', ['--pid', String(pid), `--as=${String(bytes)}`]);
    await assert.rejects(
      runtime.transcribe({ samples: tone(600) }, {}, nothing, never),
      failsWith('runtime', /not enough memory for Tiny\. Close other programs/),
    );
    assert.equal(runtime.loaded, undefined);
  });

  it('memory that the machine does not have', async () => {
    const model = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    await refused(
      { ...model, memoryBytes: 20 * gibibyte },
      'runtime',
      /needs about 21\.\d GB of memory and this machine has 8\.\d GB/,
    );
  });

  it('a process that can’t be started, and one that ends at once', async () => {
    const model = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    const processPath = await fakeProcess('');
    runtime = await testRuntime({ processPath });
    await refused(model, 'runtime', /ended unexpectedly \(0\)/);
    runtime = await testRuntime({ processPath: `${processPath}.missing` });
    await refused(model, 'runtime', /ended unexpectedly \(1\)/);
  });

  it('a load that takes too long', async () => {
    const model = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    const processPath = await fakeProcess('setInterval(() => {}, 1000);');
    runtime = await testRuntime({ processPath, limits: { loadMs: 300 } });
    await refused(model, 'runtime', /did not finish loading Tiny within \d+ s and was ended/);
  });

  it('an engine that fails, answers with nothing and only writes so', async () => {
    const model = await folder.model('onnx-sherpa', nemoCtcModel());
    const script = (failure: string): string => `
      process.send({ kind: 'alive', cpuMs: 0, transcribing: false });
      process.on('message', ({ kind, id }) => {
        if (kind === 'load') process.send({ kind: 'loaded', id, description: '', onGpu: false });
        if (kind !== 'transcribe') return;
        const result = { text: '', segments: [], gaps: [], audioMs: 1, elapsedMs: 1, truncated: false, warnings: [] };
        process.send({ kind: 'transcribed', id, result });
        setImmediate(() => console.error(${JSON.stringify(failure)} + '\\nend of the output of transcription ' + id));
      });`;
    const transcribe = async (failure: string): Promise<number> => {
      runtime = await testRuntime({ processPath: await fakeProcess(script(failure)) });
      await runtime.load(model, {}, nothing, never);
      const result = await runtime.transcribe({ samples: tone(1) }, {}, nothing, never);
      return result.segments.length;
    };
    assert.equal(await transcribe('a warning'), 0);
    await assert.rejects(
      runtime.measure(never),
      failsWith('runtime', /Tiny gave no text for a recording of speech/),
    );
    await runtime.unload();
    for (const line of ['Caught exception: shapes differ', 'Return an empty result']) {
      await assert.rejects(
        transcribe(line),
        failsWith('runtime', /Tiny failed on this recording and gave no text\. Choose another/),
      );
      await runtime.unload();
    }
  });

  for (const [signal, text] of [
    ['SIGKILL', /most likely because memory ran out/],
    ['SIGSEGV', /crashed with Tiny/],
    ['SIGABRT', /contents of Tiny don’t fit together|its contents don’t fit together/],
    ['SIGILL', /processor instruction/],
    ['SIGTERM', /ended unexpectedly \(SIGTERM\)/],
  ] as const) {
    it(`a process that dies of ${signal} while idle`, async function () {
      if (process.platform === 'win32') this.skip(); // It has no signals: each ends the process with code 1.
      const model = await folder.model('onnx-sherpa', nemoCtcModel());
      await runtime.load(model, {}, nothing, never);
      const exited = new Promise<RuntimeExit>((resolve) => {
        runtime.onDidExit(resolve);
      });
      const [child] = await childrenOf(process.pid);
      process.kill(child ?? 0, signal);
      const exit = await exited;
      assert.equal(exit.modelId, 'tiny');
      assert.match(exit.error.message, text);
      assert.equal(runtime.loaded, undefined);
      await assert.rejects(
        runtime.transcribe({ samples: tone(1) }, {}, nothing, never),
        failsWith('runtime', /No model is loaded\. Load a model first/),
      );
    });
  }

  it('a format for another program is refused with its code snippet', async () => {
    const model = await folder.model('ctranslate2', { 'model.bin': 'x' });
    await refused(model, 'unsupported', /needs Python\. Copy its code snippet/);
    const ability = await runtime.canLoad(model);
    assert.ok(!ability.loadable);
    assert.match(ability.snippet?.text ?? '', /WhisperModel\(/);
  });
});
